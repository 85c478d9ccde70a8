//! Tells the linker where libtorch is, so that the programs run without `LD_LIBRARY_PATH`.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set by the build script of `crates/model`; not where it only documents itself.
    let Ok(lib) = std::env::var("DEP_PLAYLIST_FIT_MODEL_LIBTORCH_LIB") else {
        return;
    };
    println!("cargo:rustc-link-arg=-Wl,-rpath,{lib}");
    // An installed binary beside `lib/` finds what was copied there.
    println!("cargo:rustc-link-arg=-Wl,-rpath,$ORIGIN/../lib");
    // libtorch.so registers CUDA's operators when it is loaded; nothing calls into it by name.
    println!("cargo:rustc-link-arg-bin=playlist-fit-train=-Wl,--no-as-needed");
    println!("cargo:rustc-link-arg-bin=playlist-fit-train=-ltorch");
    // The other program calls no network. Hidden, the glue to libtorch is dropped as unused, and so is libtorch.
    println!("cargo:rustc-link-arg-bin=playlist-fit=-Wl,--exclude-libs,ALL");
}
