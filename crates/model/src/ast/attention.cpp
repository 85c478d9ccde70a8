// Attention of many heads in bfloat16 by the matrix tiles of a CPU (AMX), there and back, as FlashAttention does it (Dao et al.
// 2022). libtorch's own hardly feeds the tiles: at the size of AST-base and two windows 20 ms and 90 ms back, this 15 and 37.
// See attention.rs.
//
// Sixty-four queries at a time, with their scores of all words on edge: [words, queries], so that both products that sum over
// words or queries find what they need in the order in which it was written. Of [words, words] only that strip ever exists.
#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace {

using at::BFloat16;
using at::Tensor;

// What a panel of the tiles is wide: queries at a time, and numbers in a head.
constexpr int64_t WIDE = 64;
// One by the root of that.
constexpr float SCALE = 0.125f;
// Words of a whole panel.
constexpr int64_t PANEL = WIDE / 2 * WIDE;
constexpr float NOTHING = -std::numeric_limits<float>::infinity();

// Loops over the strip are the only ones that matter beside the products; where there are tiles, there is AVX-512.
#if defined(__x86_64__)
#define WITH_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#else
#define WITH_AVX512
#endif

// To the nearest, of two the even one; of finite numbers.
inline uint32_t rounded(float number) {
    uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
}

// Two numbers as the tiles take them: below each other, in one word.
inline uint32_t pair(float upper, float lower) { return rounded(upper) | rounded(lower) << 16; }

// `std::max`, which returns a reference, keeps compilers from vectors.
inline float larger(float one, float other) { return one < other ? other : one; }

// exp(x) for x of at most 87, to six digits: 2^n times a polynomial of what is left over (Cephes' `exp2f`).
inline float exponential(float x) {
    const float scaled = larger(x, -87.0f) * 1.44269504f;
    const float whole = (scaled + 12582912.0f) - 12582912.0f;
    const float part = scaled - whole;
    float power = 1.535336188319500e-4f;
    power = power * part + 1.339887440266574e-3f;
    power = power * part + 9.618437357674640e-3f;
    power = power * part + 5.550332471162809e-2f;
    power = power * part + 2.402264791363012e-1f;
    power = power * part + 6.931472028550421e-1f;
    power = power * part + 1.0f;
    uint32_t bits;
    std::memcpy(&bits, &power, sizeof bits);
    bits += static_cast<uint32_t>(static_cast<int32_t>(whole)) << 23;
    std::memcpy(&power, &bits, sizeof bits);
    return power;
}

// One head of one window: `rows` of WIDE numbers, `step` apart.
struct Head {
    BFloat16 *first;
    int64_t rows;
    int64_t step;

    Head(const Tensor &tensor, int64_t head)
        : first(tensor.data_ptr<BFloat16>() + head / tensor.size(1) * tensor.stride(0) +
                head % tensor.size(1) * tensor.stride(1)),
          rows(tensor.size(2)), step(tensor.stride(2)) {}

    BFloat16 *row(int64_t row) const { return first + row * step; }

    // Up to WIDE rows from here, as columns of a panel; those that are missing are zero.
    void columns(int64_t from, uint32_t *panel) const {
        for (int64_t column = 0; column < WIDE; ++column) {
            uint32_t words[WIDE / 2] = {};
            if (from + column < rows) std::memcpy(words, row(from + column), sizeof words);
            for (int64_t word = 0; word < WIDE / 2; ++word) panel[word * WIDE + column] = words[word];
        }
    }

    // Likewise, as rows of a panel.
    void lines(int64_t from, uint32_t *panel) const {
        const auto number = [&](int64_t at, int64_t column) -> uint32_t { return at < rows ? row(at)[column].x : 0; };
        for (int64_t line = 0; line < WIDE; line += 2)
            for (int64_t column = 0; column < WIDE; ++column)
                panel[line / 2 * WIDE + column] = number(from + line, column) | number(from + line + 1, column) << 16;
    }
};

// The tiles take so many words at once; with one more or less, a product takes two to seven times as long.
constexpr int64_t TILE = 32;
int64_t padded(int64_t words) { return (words + TILE - 1) / TILE * TILE; }

// [windows, heads, words, WIDE] to [windows, heads, WIDE, padded words], with zeros behind.
Tensor on_edge(const Tensor &tensor) {
    auto edge = at::zeros({tensor.size(0), tensor.size(1), WIDE, padded(tensor.size(2))}, tensor.options());
    edge.narrow(3, 0, tensor.size(2)).copy_(tensor.transpose(2, 3));
    return edge;
}

// [rows, inner], whose rows are `step` apart, by a panel: [rows, WIDE].
void multiply(int64_t rows, int64_t inner, const BFloat16 *left, int64_t step, const uint32_t *panel, float *product,
              bool add = false) {
    const auto *right = reinterpret_cast<const BFloat16 *>(panel);
    const int64_t most = rows / TILE * TILE;
    if (most > 0) at::native::cpublas::brgemm(most, WIDE, inner, step, WIDE, WIDE, add, left, right, product);
    if (rows > most)
        at::native::cpublas::brgemm(rows - most, WIDE, inner, step, WIDE, WIDE, add, left + most * step, right,
                                    product + most * WIDE);
}

// Scores to their exponentials, as a panel; what makes each query's add up to one, and the logarithm of their sum.
WITH_AVX512 void weigh(int64_t words, const float *scores, uint32_t *chances, float *factors, float *logarithms) {
    float largest[WIDE], sums[WIDE] = {};
    std::fill_n(largest, WIDE, NOTHING);
    for (int64_t word = 0; word < words; ++word)
        for (int64_t query = 0; query < WIDE; ++query)
            largest[query] = larger(largest[query], scores[word * WIDE + query]);
    for (int64_t query = 0; query < WIDE; ++query) largest[query] *= SCALE;
    for (int64_t word = 0; word < words; word += 2) {
        const float *upper = scores + word * WIDE;
        for (int64_t query = 0; query < WIDE; ++query) {
            const float one = exponential(upper[query] * SCALE - largest[query]);
            const float other = exponential(upper[query + WIDE] * SCALE - largest[query]);
            sums[query] += one + other;
            chances[word / 2 * WIDE + query] = pair(one, other);
        }
    }
    for (int64_t query = 0; query < WIDE; ++query) {
        factors[query] = 1 / sums[query];
        logarithms[query] = largest[query] + std::log(sums[query]);
    }
}

// Scores, and how the loss changes with what was heard of each word, to the weights and how it changes with the scores;
// the latter as a panel too.
WITH_AVX512 void weigh_back(int64_t words, const float *scores, const float *changes, const float *logarithms,
                            const float *common, uint16_t *chances, uint16_t *slopes, uint32_t *panel) {
    for (int64_t word = 0; word < words; word += 2)
        for (int64_t query = 0; query < WIDE; ++query) {
            const int64_t upper = word * WIDE + query, lower = upper + WIDE;
            const float one = exponential(scores[upper] * SCALE - logarithms[query]);
            const float other = exponential(scores[lower] * SCALE - logarithms[query]);
            const uint32_t slope = pair(one * (changes[upper] - common[query]) * SCALE,
                                        other * (changes[lower] - common[query]) * SCALE);
            chances[upper] = rounded(one);
            chances[lower] = rounded(other);
            slopes[upper] = slope;
            slopes[lower] = slope >> 16;
            panel[word / 2 * WIDE + query] = slope;
        }
}

// How the loss changes with all scores of each query alike: what it heard, by how the loss changes with that.
WITH_AVX512 void in_common(const Head &heard, const Head &gradient, int64_t from, float *common) {
    constexpr int64_t LANES = 16;
    for (int64_t query = 0; query < WIDE; ++query) {
        float sums[LANES] = {};
        if (from + query < heard.rows)
            for (int64_t column = 0; column < WIDE; column += LANES)
                for (int64_t lane = 0; lane < LANES; ++lane)
                    sums[lane] += float(heard.row(from + query)[column + lane]) * float(gradient.row(from + query)[column + lane]);
        common[query] = std::accumulate(sums, sums + LANES, 0.0f);
    }
}

// Columns of a product, [WIDE, WIDE], each by its factor, to rows of a head.
WITH_AVX512 void write_columns(const float *product, const float *factors, const Head &out, int64_t from) {
    uint16_t turned[WIDE * WIDE];
    for (int64_t row = 0; row < WIDE; ++row)
        for (int64_t column = 0; column < WIDE; ++column)
            turned[row * WIDE + column] = rounded(product[row * WIDE + column] * factors[column]);
    for (int64_t column = 0; column < std::min(WIDE, out.rows - from); ++column)
        for (int64_t row = 0; row < WIDE; ++row) out.row(from + column)[row].x = turned[row * WIDE + column];
}

WITH_AVX512 void write_rows(const float *product, const Head &out) {
    for (int64_t row = 0; row < out.rows; ++row)
        for (int64_t column = 0; column < WIDE; ++column) out.row(row)[column].x = rounded(product[row * WIDE + column]);
}

// [windows, heads, words, WIDE] that lies as [windows, words, heads, WIDE], so that the heads join without a copy.
Tensor joined(const Tensor &like) {
    return at::empty({like.size(0), like.size(2), like.size(1), WIDE}, like.options()).transpose(1, 2);
}

// What was heard, and the logarithm of each query's sum of exponentials, [heads of all windows, strips * WIDE].
std::pair<Tensor, Tensor> attend(const Tensor &query, const Tensor &key, const Tensor &value) {
    const int64_t heads = query.size(0) * query.size(1), words = key.size(2), all = padded(words);
    const int64_t strips = (query.size(2) + WIDE - 1) / WIDE;
    const auto values = on_edge(value), heard = joined(query);
    const auto logarithms = at::empty({heads, strips * WIDE}, query.options().dtype(at::kFloat));
    at::parallel_for(0, heads * strips, 1, [&](int64_t begin, int64_t end) {
        // Words beyond the last count for nothing.
        std::vector<float> scores(all * WIDE, NOTHING), product(WIDE * WIDE);
        std::vector<uint32_t> panel(PANEL), chances(all / 2 * WIDE);
        float factors[WIDE];
        for (int64_t task = begin; task < end; ++task) {
            const int64_t head = task / strips, from = task % strips * WIDE;
            const Head queries(query, head), keys(key, head);
            queries.columns(from, panel.data());
            multiply(words, WIDE, keys.first, keys.step, panel.data(), scores.data());
            weigh(all, scores.data(), chances.data(), factors, logarithms.data_ptr<float>() + head * strips * WIDE + from);
            multiply(WIDE, all, values.data_ptr<BFloat16>() + head * WIDE * all, all, chances.data(), product.data());
            write_columns(product.data(), factors, Head(heard, head), from);
        }
        at::native::cpublas::brgemm_release();
    });
    return {heard, logarithms};
}

// How the loss changes with query, key and value.
std::array<Tensor, 3> attend_back(const Tensor &query, const Tensor &key, const Tensor &value, const Tensor &heard,
                                  const Tensor &logarithms, const Tensor &gradient) {
    const int64_t words = key.size(2), all = padded(words), strips = logarithms.size(1);
    const auto edge = on_edge(key), of_query = joined(query), of_key = joined(key), of_value = joined(value);
    at::parallel_for(0, logarithms.size(0), 1, [&](int64_t begin, int64_t end) {
        std::vector<float> scores(all * WIDE, NOTHING), changes(all * WIDE), product(WIDE * WIDE);
        std::vector<float> by_key(all * WIDE), by_value(all * WIDE);
        std::vector<uint16_t> chances(all * WIDE), slopes(all * WIDE);
        std::vector<uint32_t> panel(PANEL), slopes_panel(all / 2 * WIDE);
        const auto *chance = reinterpret_cast<const BFloat16 *>(chances.data());
        const auto *slope = reinterpret_cast<const BFloat16 *>(slopes.data());
        float common[WIDE], as_they_are[WIDE];
        std::fill_n(as_they_are, WIDE, 1.0f);
        for (int64_t head = begin; head < end; ++head) {
            const Head queries(query, head), keys(key, head), values(value, head), gradients(gradient, head);
            for (int64_t from = 0; from < queries.rows; from += WIDE) {
                in_common(Head(heard, head), gradients, from, common);
                queries.columns(from, panel.data());
                multiply(words, WIDE, keys.first, keys.step, panel.data(), scores.data());
                gradients.columns(from, panel.data());
                multiply(words, WIDE, values.first, values.step, panel.data(), changes.data());
                weigh_back(all, scores.data(), changes.data(), logarithms.data_ptr<float>() + head * strips + from, common,
                           chances.data(), slopes.data(), slopes_panel.data());
                gradients.lines(from, panel.data());
                multiply(all, WIDE, chance, WIDE, panel.data(), by_value.data(), from > 0);
                queries.lines(from, panel.data());
                multiply(all, WIDE, slope, WIDE, panel.data(), by_key.data(), from > 0);
                multiply(WIDE, all, edge.data_ptr<BFloat16>() + head * WIDE * all, all, slopes_panel.data(), product.data());
                write_columns(product.data(), as_they_are, Head(of_query, head), from);
            }
            write_rows(by_key.data(), Head(of_key, head));
            write_rows(by_value.data(), Head(of_value, head));
        }
        at::native::cpublas::brgemm_release();
    });
    return {of_query, of_key, of_value};
}

struct Attention : torch::autograd::Function<Attention> {
    static Tensor forward(torch::autograd::AutogradContext *context, const Tensor &query, const Tensor &key,
                          const Tensor &value) {
        const auto [heard, logarithms] = attend(query, key, value);
        context->save_for_backward({query, key, value, heard, logarithms});
        return heard;
    }

    static torch::autograd::tensor_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::tensor_list &gradients) {
        const auto saved = context->get_saved_variables();
        const auto gradient = gradients[0].stride(3) == 1 ? gradients[0] : gradients[0].contiguous();
        const auto [query, key, value] = attend_back(saved[0], saved[1], saved[2], saved[3], saved[4], gradient);
        return {query, key, value};
    }
};

} // namespace

extern "C" {

// A new tensor; null where this CPU has no tiles, for other tensors than those, and where it fails: the plain way then says why.
Tensor *playlist_fit_attend(const Tensor *query, const Tensor *key, const Tensor *value) noexcept {
    try {
        for (const auto *tensor : {query, key, value})
            if (!tensor->device().is_cpu() || tensor->scalar_type() != at::kBFloat16 || tensor->dim() != 4 ||
                tensor->size(3) != WIDE || tensor->stride(3) != 1 || tensor->size(2) == 0)
                return nullptr;
        if (!at::native::cpublas::could_pack(at::kBFloat16)) return nullptr;
        return new Tensor(Attention::apply(*query, *key, *value));
    } catch (...) {
        return nullptr;
    }
}
}
