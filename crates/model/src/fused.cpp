// Optimiser operations on lists of tensors, in a few kernels each; tch does not bind PyTorch's in-place list operators.
// See fused.rs.
//
// Every function checks all its tensors before it changes one.
#include "glue.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <vector>

using namespace playlist_fit;

namespace {

using Tensors = std::vector<at::Tensor>;
using Pointers = at::Tensor *const *;

Name element(const char *argument, size_t index) { return {argument, static_cast<int64_t>(index)}; }

// `count` tensors of single precision on one device.
Tensors list(Pointers tensors, size_t count, const char *argument) {
    require(tensors != nullptr || count == 0, argument, ": null pointer");
    Tensors out;
    out.reserve(count);
    for (size_t n = 0; n < count; ++n) {
        const auto &tensor = defined(tensors[n], element(argument, n));
        require_dtype(tensor, element(argument, n), at::kFloat);
        require_device(tensor, element(argument, n), out.empty() ? tensor.device() : out[0].device());
        out.push_back(tensor);
    }
    return out;
}

// A tensor that goes with another: dtype, device and shape are equal.
void require_like(const at::Tensor &tensor, const Name &name, const at::Tensor &other) {
    require_dtype(tensor, name, other.scalar_type());
    require_device(tensor, name, other.device());
    require_shape(tensor, name, other.sizes());
}

// The CPU kernel of _fused_adamw_ pairs elements by their place in memory, not by their index.
void require_same_memory_order(const at::Tensor &tensor, const Name &name, const at::Tensor &other) {
    for (int64_t dim = 0; dim < other.dim(); ++dim)
        require(other.size(dim) == 1 || tensor.stride(dim) == other.stride(dim), name, ": strides ", tensor.strides(),
                ", expected ", other.strides());
}

// The gradient of a variable, which may be undefined.
const at::Tensor &gradient(const at::Tensor &variable, size_t index) {
    const auto &grad = variable.grad();
    if (grad.defined()) require_like(defined(&grad, element("gradients", index)), element("gradients", index), variable);
    return grad;
}

// Every operation here is one on values, outside the autograd graph.
template <typename Run> PlaylistFitStatus without_graph(Run &&run) noexcept {
    return guarded([&] {
        c10::AutoGradMode no_grad(false);
        run();
    });
}

} // namespace

extern "C" {

// torch.optim.Optimizer.zero_grad(set_to_none=True)
PlaylistFitStatus playlist_fit_zero_grad(Pointers variables, size_t count) noexcept {
    return without_graph([&] {
        for (const auto &variable : list(variables, count, "variables")) variable.mutable_grad() = at::Tensor();
    });
}

// torch.nn.utils.clip_grad_norm_, of the variables that have a gradient.
PlaylistFitStatus playlist_fit_clip_grad_norm(Pointers variables, size_t count, double max_norm) noexcept {
    return without_graph([&] {
        require(std::isfinite(max_norm) && max_norm >= 0, "max_norm: ", max_norm, ", expected a finite number of at least 0");
        const auto all = list(variables, count, "variables");
        Tensors gradients;
        for (size_t n = 0; n < count; ++n)
            if (const auto &grad = gradient(all[n], n); grad.defined()) gradients.push_back(grad);
        if (gradients.empty()) return;
        const auto norm = at::stack(at::_foreach_norm(gradients)).norm();
        at::_foreach_mul_(gradients, (max_norm / (norm + 1e-6)).clamp_max(1.0));
    });
}

// torch.optim.AdamW(fused=True), of the variables that have a gradient. `steps`, of one element, counts this step already.
PlaylistFitStatus playlist_fit_adamw(Pointers variables, Pointers exp_avgs, Pointers exp_avg_sqs, size_t count,
                                     const at::Tensor *steps, double lr, double beta_1, double beta_2, double weight_decay,
                                     double eps) noexcept {
    return without_graph([&] {
        const auto positive = [](const char *argument, double value) {
            require(std::isfinite(value) && value >= 0, argument, ": ", value, ", expected a finite number of at least 0");
        };
        positive("lr", lr);
        positive("weight_decay", weight_decay);
        positive("eps", eps);
        require(beta_1 >= 0 && beta_1 < 1 && beta_2 >= 0 && beta_2 < 1, "betas: ", beta_1, " and ", beta_2,
                ", expected 0 to below 1");
        const auto all = list(variables, count, "variables");
        const auto all_avgs = list(exp_avgs, count, "exp_avgs"), all_sqs = list(exp_avg_sqs, count, "exp_avg_sqs");
        const auto &step = defined(steps, {"steps"});
        require_dtype(step, {"steps"}, at::kFloat);
        require(step.numel() == 1, "steps: ", step.numel(), " elements, expected 1");
        Tensors moved, gradients, avgs, sqs;
        for (size_t n = 0; n < count; ++n) {
            require_device(step, {"steps"}, all[n].device());
            require(all[n].is_non_overlapping_and_dense(), element("variables", n), ": strides ", all[n].strides(),
                    ", expected a dense tensor without overlap");
            for (const auto &[tensor, name] : {std::pair{&all_avgs[n], "exp_avgs"}, {&all_sqs[n], "exp_avg_sqs"}}) {
                require_like(*tensor, element(name, n), all[n]);
                require_same_memory_order(*tensor, element(name, n), all[n]);
            }
            const auto &grad = gradient(all[n], n);
            if (!grad.defined()) continue;
            require_same_memory_order(grad, element("gradients", n), all[n]);
            moved.push_back(all[n]);
            gradients.push_back(grad);
            avgs.push_back(all_avgs[n]);
            sqs.push_back(all_sqs[n]);
        }
        if (moved.empty()) return;
        at::_fused_adamw_(moved, gradients, avgs, sqs, {}, Tensors(moved.size(), step), lr, beta_1, beta_2, weight_decay,
                          eps, /*amsgrad=*/false, /*maximize=*/false);
    });
}

// torch._foreach_lerp_: to += weight * (from - to)
PlaylistFitStatus playlist_fit_lerp(Pointers to, Pointers from, size_t count, double weight) noexcept {
    return without_graph([&] {
        require(std::isfinite(weight), "weight: ", weight, ", expected a finite number");
        const auto all = list(to, count, "to"), ends = list(from, count, "from");
        for (size_t n = 0; n < count; ++n) require_like(ends[n], element("from", n), all[n]);
        if (!all.empty()) at::_foreach_lerp_(all, ends, weight);
    });
}
}
