// Shared by the C++ files of this folder: the status that crosses the FFI boundary, and the checks of tensors. See glue.rs.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <c10/util/StringUtil.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <ostream>
#include <stdexcept>

extern "C" {

// As in glue.rs. `message` is null if `code` is OK; otherwise it is NUL-terminated and valid until this thread's next call.
struct PlaylistFitStatus {
    int32_t code;
    const char *message;
};
}

namespace playlist_fit {

// As in glue.rs.
constexpr int32_t OK = 0;
constexpr int32_t INVALID_ARGUMENT = 1;
constexpr int32_t LIBTORCH = 2;

struct InvalidArgument : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Does not allocate, so that it cannot throw inside a handler.
inline PlaylistFitStatus failure(int32_t code, const char *what) noexcept {
    thread_local char message[1024];
    std::snprintf(message, sizeof message, "%s", what);
    return {code, message};
}

// Runs `run` and returns its outcome. Every exception ends here: one that crossed into Rust would be undefined behaviour.
template <typename Run> PlaylistFitStatus guarded(Run &&run) noexcept {
    try {
        run();
        return {OK, nullptr};
    } catch (const InvalidArgument &error) {
        return failure(INVALID_ARGUMENT, error.what());
    } catch (const c10::Error &error) {
        return failure(LIBTORCH, error.what_without_backtrace());
    } catch (const std::exception &error) {
        return failure(LIBTORCH, error.what());
    } catch (...) {
        return failure(LIBTORCH, "unknown C++ exception");
    }
}

template <typename... Parts> void require(bool condition, const Parts &...parts) {
    if (!condition) throw InvalidArgument(c10::str(parts...));
}

// An argument, or one element of a list of them, as messages name it.
struct Name {
    const char *argument;
    int64_t index = -1;
};

inline std::ostream &operator<<(std::ostream &out, const Name &name) {
    out << name.argument;
    return name.index < 0 ? out : out << '[' << name.index << ']';
}

// A strided tensor with accessible memory on the CPU or a CUDA device. An address that is neither null nor a tensor's
// cannot be told from a valid one.
inline const at::Tensor &defined(const at::Tensor *tensor, const Name &name) {
    require(tensor != nullptr, name, ": null pointer, expected a tensor");
    require(tensor->defined(), name, ": undefined tensor");
    require(tensor->layout() == at::kStrided, name, ": layout ", tensor->layout(), ", expected Strided");
    require(tensor->is_cpu() || tensor->is_cuda(), name, ": device ", tensor->device(), ", expected cpu or cuda");
    require(tensor->has_storage(), name, ": tensor without storage");
    require(tensor->numel() == 0 || tensor->const_data_ptr() != nullptr, name, ": null data pointer");
    return *tensor;
}

inline void require_dtype(const at::Tensor &tensor, const Name &name, at::ScalarType dtype) {
    require(tensor.scalar_type() == dtype, name, ": dtype ", tensor.scalar_type(), ", expected ", dtype);
}

inline void require_device(const at::Tensor &tensor, const Name &name, at::Device device) {
    require(tensor.device() == device, name, ": device ", tensor.device(), ", expected ", device);
}

inline void require_shape(const at::Tensor &tensor, const Name &name, at::IntArrayRef shape) {
    require(tensor.sizes() == shape, name, ": shape ", tensor.sizes(), ", expected ", shape);
}

} // namespace playlist_fit
