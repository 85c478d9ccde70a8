//! The executable that links libtorch. `playlist-fit` replaces itself with it for commands that run a network.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use playlist_fit::cli::{Cli, finish};

/// Replaces `malloc` in libtorch too. glibc returns each block of 32 MB and more to the kernel, which clears its pages
/// again for the next layer: a training step of `stern-cnn` takes 1.5 s with glibc and 0.6 s with mimalloc.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    finish(|| cli.run())
}

#[cfg(test)]
mod tests {
    use std::ffi::{CStr, c_char, c_void};

    // SAFETY: the signatures are those of `mimalloc.h`, which does not read the memory at the address, and of libc.
    unsafe extern "C" {
        safe fn mi_is_in_heap_region(address: *const c_void) -> bool;
        fn strdup(text: *const c_char) -> *mut c_char;
        fn free(memory: *mut c_void);
    }

    /// Tested with libc.
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
