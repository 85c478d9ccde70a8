// libtorch's autocast for any device and type; tch reaches only CUDA's, at half precision. See autocast.rs.
#include <ATen/autocast_mode.h>

// Its functions throw for a type of device that has no autocast alone; both of ours have it.
static at::DeviceType device(bool cuda) noexcept { return cuda ? at::kCUDA : at::kCPU; }

extern "C" {

struct PlaylistFitAutocast {
    bool enabled;
    int8_t dtype;
};

// Turns autocast to bfloat16 on, or autocast off, for this thread; answers what was set before.
PlaylistFitAutocast playlist_fit_autocast_enter(bool cuda, bool bf16) noexcept {
    const auto kind = device(cuda);
    const PlaylistFitAutocast before{
        at::autocast::is_autocast_enabled(kind),
        static_cast<int8_t>(at::autocast::get_autocast_dtype(kind)),
    };
    at::autocast::set_autocast_enabled(kind, bf16);
    if (bf16) at::autocast::set_autocast_dtype(kind, at::kBFloat16);
    at::autocast::increment_nesting();
    return before;
}

// The outermost leave drops the bfloat16 copies of weights: the next step changes the weights.
void playlist_fit_autocast_leave(bool cuda, PlaylistFitAutocast before) noexcept {
    const auto kind = device(cuda);
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(kind, before.enabled);
    at::autocast::set_autocast_dtype(kind, static_cast<at::ScalarType>(before.dtype));
}
}
