//! Tells the linker where libtorch lies, so that the program runs without `LD_LIBRARY_PATH`, and compiles the glue to
//! what tch leaves out of it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set by torch-sys (its `links` key) for crates that depend on it directly; not where it only documents itself.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    #[cfg(feature = "torch")]
    glue::compile(&lib);
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    // An installed binary beside `lib/` finds what was copied there.
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib");
    // libtorch.so registers CUDA's operators when it is loaded; nothing calls into it by name.
    for program in ["bin=playlist-fit-listen", "benches"] {
        println!("cargo:rustc-link-arg-{program}=-Wl,--no-as-needed");
        println!("cargo:rustc-link-arg-{program}=-ltorch");
    }
    // The other program calls no network. Hidden, the glue to libtorch is dropped as unused, and so is libtorch.
    println!("cargo:rustc-link-arg-bin=playlist-fit=-Wl,--exclude-libs,ALL");
}

#[cfg(feature = "torch")]
mod glue {
    use std::path::Path;

    const FILES: [&str; 3] = [
        "src/model/autocast.cpp",
        "src/model/convolution.cpp",
        "src/model/fused.cpp",
    ];

    /// Against the headers beside libtorch's `lib`, in a PyTorch wheel too, and with its ABI.
    pub fn compile(lib: &str) {
        for file in FILES {
            println!("cargo:rerun-if-changed={file}");
        }
        println!("cargo:rerun-if-changed=src/model/glue.h");
        let include = Path::new(lib).with_file_name("include");
        cc::Build::new()
            .cpp(true)
            .std("c++17")
            .warnings(false)
            .include(include.join("torch/csrc/api/include"))
            .include(include)
            .define("_GLIBCXX_USE_CXX11_ABI", "1")
            .files(FILES)
            .compile("playlist_fit_glue");
    }
}
