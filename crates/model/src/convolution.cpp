// A convolution, its bias and an activation in one pass over the map, by oneDNN; the operator that torch.compile uses, and
// tch has none of those. See convolution.rs.
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>

extern "C" {

// A new tensor; null where there is no such operator for these tensors, and where it fails: the plain way then says why.
at::Tensor *playlist_fit_convolve(const at::Tensor *map, const at::Tensor *weight, const at::Tensor *bias,
                                  const int64_t *stride, const int64_t *padding, size_t sides, int64_t groups,
                                  const char *activation) noexcept {
    try {
        static const auto pointwise =
            c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
        const auto type = at::autocast::is_autocast_enabled(at::kCPU) ? at::autocast::get_autocast_dtype(at::kCPU)
                                                                     : map->scalar_type();
        const bool fits = map->device().is_cpu() && (type == at::kFloat || type == at::kBFloat16) &&
                          !c10::GradMode::is_enabled() && at::globalContext().userEnabledMkldnn();
        if (!pointwise || !fits) return nullptr;
        const auto list = [sides](const int64_t *from) { return std::vector<int64_t>(from, from + sides); };
        std::vector<c10::IValue> stack{
            map->to(type),
            weight->to(type),
            bias->to(type),
            list(padding),
            list(stride),
            std::vector<int64_t>(sides, 1),
            groups,
            activation,
            c10::List<std::optional<at::Scalar>>(),
            "",
        };
        pointwise->callBoxed(&stack);
        return new at::Tensor(stack.at(0).toTensor());
    } catch (...) {
        return nullptr;
    }
}
}
