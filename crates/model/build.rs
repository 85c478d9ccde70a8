//! Compiles the glue to what tch leaves out of libtorch, and hands on where libtorch is.

use std::path::Path;

const FILES: [&str; 3] = ["src/autocast.cpp", "src/convolution.cpp", "src/fused.cpp"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set by torch-sys (its `links` key) for crates that depend on it directly; not where it only documents itself.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    // A build script's link arguments never reach another package's program: those packages read this.
    println!("cargo:libtorch_lib={lib}");
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    compile(&lib);
}

/// Against the headers beside libtorch's `lib`, in a PyTorch wheel too, and with its ABI.
fn compile(lib: &str) {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    println!("cargo:rerun-if-changed=src/glue.h");
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
