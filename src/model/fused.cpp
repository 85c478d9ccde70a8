// What an optimiser does to all its tensors, in a few kernels; tch has no lists of tensors that change. See fused.rs.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <string>
#include <vector>

namespace {

using Tensors = std::vector<at::Tensor>;

Tensors list(at::Tensor *const *tensors, size_t count) {
    Tensors out;
    out.reserve(count);
    for (size_t n = 0; n < count; ++n) out.push_back(*tensors[n]);
    return out;
}

// Null where `run` went well, else what was wrong, which lives until the next call of this thread.
template <typename Run> const char *guarded(Run run) noexcept {
    thread_local std::string why;
    try {
        c10::AutoGradMode without_graph(false);
        run();
        return nullptr;
    } catch (const std::exception &error) {
        why = error.what();
    } catch (...) {
        why = "an unknown error";
    }
    return why.c_str();
}

} // namespace

extern "C" {

const char *playlist_fit_forget_gradients(at::Tensor *const *variables, size_t count) {
    return guarded([&] {
        for (size_t n = 0; n < count; ++n) variables[n]->mutable_grad() = at::Tensor();
    });
}

// torch.nn.utils.clip_grad_norm_
const char *playlist_fit_clip(at::Tensor *const *variables, size_t count, double norm) {
    return guarded([&] {
        Tensors gradients;
        for (size_t n = 0; n < count; ++n)
            if (variables[n]->grad().defined()) gradients.push_back(variables[n]->grad());
        if (gradients.empty()) return;
        const auto all = at::stack(at::_foreach_norm(gradients)).norm();
        at::_foreach_mul_(gradients, (norm / (all + 1e-6)).clamp_max(1.0));
    });
}

// torch.optim.AdamW(fused=True), of the variables that have a gradient; `steps` counts this one already.
const char *playlist_fit_adamw(at::Tensor *const *variables, at::Tensor *const *first, at::Tensor *const *second,
                               size_t count, const at::Tensor *steps, double rate, double beta_1, double beta_2,
                               double weight_decay, double epsilon) {
    return guarded([&] {
        Tensors moved, gradients, firsts, seconds;
        for (size_t n = 0; n < count; ++n) {
            if (!variables[n]->grad().defined()) continue;
            moved.push_back(*variables[n]);
            gradients.push_back(variables[n]->grad());
            firsts.push_back(*first[n]);
            seconds.push_back(*second[n]);
        }
        if (moved.empty()) return;
        at::_fused_adamw_(moved, gradients, firsts, seconds, {}, Tensors(moved.size(), *steps), rate, beta_1, beta_2,
                          weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
    });
}

const char *playlist_fit_lerp(at::Tensor *const *to, at::Tensor *const *from, size_t count, double share) {
    return guarded([&] { at::_foreach_lerp_(list(to, count), list(from, count), share); });
}
}
