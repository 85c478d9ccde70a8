// libtorch's autocast for the CPU and CUDA in bfloat16; tch offers CUDA only, in half precision. See autocast.rs.
#include "glue.h"

#include <ATen/autocast_mode.h>

using namespace playlist_fit;

extern "C" {

struct PlaylistFitAutocast {
    bool enabled;
    int8_t dtype;
};

// Turns autocast to bfloat16 on, or autocast off, for this thread, and writes the previous state to `before`. A failed call
// leaves the state unchanged: the two queries throw first for a device type without autocast.
PlaylistFitStatus playlist_fit_autocast_enter(bool cuda, bool bf16, PlaylistFitAutocast *before) noexcept {
    return guarded([&] {
        require(before != nullptr, "before: null pointer");
        const auto device = cuda ? at::kCUDA : at::kCPU;
        before->enabled = at::autocast::is_autocast_enabled(device);
        before->dtype = static_cast<int8_t>(at::autocast::get_autocast_dtype(device));
        at::autocast::set_autocast_enabled(device, bf16);
        if (bf16) at::autocast::set_autocast_dtype(device, at::kBFloat16);
        at::autocast::increment_nesting();
    });
}

// Restores the state of the matching enter. The outermost call drops the cached bfloat16 copies of the weights, because an
// optimiser step changes the weights.
PlaylistFitStatus playlist_fit_autocast_leave(bool cuda, PlaylistFitAutocast before) noexcept {
    return guarded([&] {
        require(before.dtype >= 0 && before.dtype < static_cast<int8_t>(at::ScalarType::NumOptions), "before.dtype: ",
                static_cast<int>(before.dtype), " is not a dtype");
        const auto device = cuda ? at::kCUDA : at::kCPU;
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(device, before.enabled);
        at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(before.dtype));
    });
}
}
