//! Tells the linker where libtorch lies, so that the program runs without `LD_LIBRARY_PATH`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set by torch-sys (its `links` key) for crates that depend on it directly.
    let Ok(lib) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
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
