//! The half of the program that listens: `playlist-fit` becomes it for the verbs that run a network.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use playlist_fit::cli::{Cli, finish};

/// Of libtorch too, whose `malloc` it replaces: glibc gives every block of 32 MB and more back to the kernel, which clears
/// its pages anew for the next layer. A step of `stern-cnn` took 1.5 s so, and takes 0.6 s.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    finish(|| cli.run())
}

#[cfg(test)]
mod tests {
    use std::ffi::{CStr, c_char, c_void};

    // SAFETY: the signatures are those of `mimalloc.h`, where it only looks at where the address lies, and of libc.
    unsafe extern "C" {
        safe fn mi_is_in_heap_region(address: *const c_void) -> bool;
        fn strdup(text: *const c_char) -> *mut c_char;
        fn free(memory: *mut c_void);
    }

    /// libc here, as any library that is loaded beside the program.
    #[test]
    fn shared_libraries_have_their_memory_from_the_allocator() {
        let text: &CStr = c"somewhere";
        assert!(!mi_is_in_heap_region(text.as_ptr().cast()));
        // SAFETY: the text ends in zero, and its copy is freed once.
        unsafe {
            let copy = strdup(text.as_ptr());
            assert!(mi_is_in_heap_region(copy.cast()));
            free(copy.cast());
        }
    }
}
