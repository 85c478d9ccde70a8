// A convolution with bias and activation in one pass, by oneDNN: mkldnn::_convolution_pointwise, the operator that
// torch.compile uses and tch does not have. See convolution.rs.
#include "glue.h"

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>

#include <array>
#include <optional>
#include <vector>

using namespace playlist_fit;

namespace {

// By the codes of `Activation` in convolution.rs.
constexpr std::array<const char *, 3> ACTIVATIONS{"none", "relu", "hardswish"};

bool supported(at::ScalarType dtype) { return dtype == at::kFloat || dtype == at::kBFloat16; }

// The dtype in which autocast computes on the CPU, if it is on.
std::optional<at::ScalarType> autocast_dtype() {
    if (!at::autocast::is_autocast_enabled(at::kCPU)) return std::nullopt;
    return at::autocast::get_autocast_dtype(at::kCPU);
}

// What every convolution requires, on any device. The operator takes tensors of any strides.
void check(const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias, const int64_t *stride,
           const int64_t *padding, size_t sides, int64_t groups) {
    const auto dim = static_cast<int64_t>(sides) + 2;
    for (const auto &[tensor, name] : {std::pair{&input, Name{"input"}}, {&weight, Name{"weight"}}, {&bias, Name{"bias"}}}) {
        require_device(*tensor, name, input.device());
        require(supported(tensor->scalar_type()), name, ": dtype ", tensor->scalar_type(), ", expected Float or BFloat16");
        // Autocast converts all three.
        if (!autocast_dtype()) require_dtype(*tensor, name, input.scalar_type());
    }
    require(input.dim() == dim, "input: ", input.dim(), " dimensions, expected ", dim);
    require(weight.dim() == dim, "weight: ", weight.dim(), " dimensions, expected ", dim);
    require(groups >= 1, "groups: ", groups, ", expected at least 1");
    require(weight.size(0) >= 1 && weight.size(0) % groups == 0, "weight: ", weight.size(0),
            " output channels, expected a multiple of groups ", groups);
    require(input.size(1) % groups == 0 && weight.size(1) == input.size(1) / groups, "weight: ", weight.size(1),
            " input channels for each group, expected ", input.size(1), " / ", groups);
    require_shape(bias, {"bias"}, {weight.size(0)});
    for (size_t side = 0; side < sides; ++side) {
        const auto axis = static_cast<int64_t>(side) + 2;
        const auto name = [&](const char *argument) { return Name{argument, static_cast<int64_t>(side)}; };
        require(stride[side] >= 1 && stride[side] <= INT32_MAX, name("stride"), ": ", stride[side], ", expected at least 1");
        require(padding[side] >= 0 && padding[side] <= INT32_MAX, name("padding"), ": ", padding[side],
                ", expected at least 0");
        require(weight.size(axis) >= 1 && weight.size(axis) <= input.size(axis) + 2 * padding[side], "weight: kernel size ",
                weight.size(axis), " on side ", side, ", expected 1 to ", input.size(axis) + 2 * padding[side],
                " (padded input)");
    }
}

} // namespace

extern "C" {

// Writes a new tensor, which the caller owns, to `output`; null if oneDNN's operator does not apply (another device,
// autograd, another dtype of autocast, an empty input, no oneDNN).
//
// input [batch, groups * channels, ...], weight [outputs, channels, ...], bias [outputs]; `stride` and `padding` point to
// `sides` (1 or 2) values. Float or BFloat16, one dtype unless autocast is on, one device.
PlaylistFitStatus playlist_fit_convolve(const at::Tensor *input, const at::Tensor *weight, const at::Tensor *bias,
                                        const int64_t *stride, const int64_t *padding, size_t sides, int64_t groups,
                                        int32_t activation, at::Tensor **output) noexcept {
    return guarded([&] {
        require(output != nullptr, "output: null pointer");
        *output = nullptr;
        require(stride != nullptr, "stride: null pointer");
        require(padding != nullptr, "padding: null pointer");
        require(sides == 1 || sides == 2, "stride: ", sides, " values, expected 1 or 2");
        require(activation >= 0 && static_cast<size_t>(activation) < ACTIVATIONS.size(), "activation: unknown code ",
                activation);
        const auto &from = defined(input, {"input"}), &by = defined(weight, {"weight"}), &plus = defined(bias, {"bias"});
        check(from, by, plus, stride, padding, sides, groups);

        const auto dtype = autocast_dtype().value_or(from.scalar_type());
        if (!from.is_cpu() || !supported(dtype) || from.numel() == 0 || c10::GradMode::is_enabled() ||
            !at::globalContext().userEnabledMkldnn())
            return;
        static const auto pointwise = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
        if (!pointwise) return;
        std::vector<c10::IValue> stack{
            from.to(dtype),
            by.to(dtype),
            plus.to(dtype),
            std::vector<int64_t>(padding, padding + sides),
            std::vector<int64_t>(stride, stride + sides),
            std::vector<int64_t>(sides, 1),
            groups,
            ACTIVATIONS[static_cast<size_t>(activation)],
            c10::List<std::optional<at::Scalar>>(),
            "",
        };
        pointwise->callBoxed(&stack);
        *output = new at::Tensor(stack.at(0).toTensor());
    });
}
}
