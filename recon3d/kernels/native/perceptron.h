// The layers of a small perceptron for a block of points, and back: one row of BLOCK points for every channel, so that a
// layer's numbers stay in the nearest cache and the products are plain sums over rows.
#pragma once
#include <algorithm>
#include <utility>
#include <vector>

#include "lanes.h"
#include "threads.h"

constexpr int BLOCK = 8 * LANES;

struct Perceptron {
    int32_t layers, silu;    // otherwise relu
    const int32_t* widths;   // of the input, then of every layer's output
    const float* const* weights;  // outputs x inputs
    const float* const* biases;
};

// y = weights x + bias, rows of BLOCK points; no bias is 0.
template <int ROWS>
INLINE void product_rows(const float* weights, const float* bias, int inputs, const float* x, float* y) {
    for (int at = 0; at < BLOCK; at += 2 * LANES) {
        Floats sums[ROWS][2];
        for (int r = 0; r < ROWS; r++) sums[r][0] = sums[r][1] = broadcast(bias ? bias[r] : 0.f);
        for (int i = 0; i < inputs; i++) {
            const Floats a = load(x + i * BLOCK + at), b = load(x + i * BLOCK + at + LANES);
            for (int r = 0; r < ROWS; r++) {
                const float weight = weights[r * inputs + i];
                sums[r][0] += weight * a, sums[r][1] += weight * b;
            }
        }
        for (int r = 0; r < ROWS; r++) store(y + r * BLOCK + at, sums[r][0]), store(y + r * BLOCK + at + LANES, sums[r][1]);
    }
}

inline void product(const float* weights, const float* bias, int inputs, int outputs, const float* x, float* y) {
    int o = 0;
    for (; o + 4 <= outputs; o += 4)
        product_rows<4>(weights + o * inputs, bias ? bias + o : nullptr, inputs, x, y + o * BLOCK);
    for (; o < outputs; o++)
        product_rows<1>(weights + o * inputs, bias ? bias + o : nullptr, inputs, x, y + o * BLOCK);
}

// Adds to the gradients of ROWS rows of a layer's weights what their outputs' gradients and the inputs make of it.
template <int ROWS>
INLINE void add_outer_rows(const float* d_y, const float* x, int inputs, float* d_weights) {
    int i = 0;
    for (; i + 4 <= inputs; i += 4) {
        Floats sums[ROWS][4] = {};
        for (int at = 0; at < BLOCK; at += LANES) {
            Floats d[ROWS];
            for (int r = 0; r < ROWS; r++) d[r] = load(d_y + r * BLOCK + at);
            for (int k = 0; k < 4; k++) {
                const Floats input = load(x + (i + k) * BLOCK + at);
                for (int r = 0; r < ROWS; r++) sums[r][k] += d[r] * input;
            }
        }
        for (int r = 0; r < ROWS; r++) {
            float* to = d_weights + r * inputs + i;
            const Floats4 four = sums_of(sums[r][0], sums[r][1], sums[r][2], sums[r][3]);
            *reinterpret_cast<UnalignedFloats4*>(to) += four;
        }
    }
    for (; i < inputs; i++)
        for (int r = 0; r < ROWS; r++) {
            Floats sum{};
            for (int at = 0; at < BLOCK; at += LANES) sum += load(d_y + r * BLOCK + at) * load(x + i * BLOCK + at);
            d_weights[r * inputs + i] += sum_of(sum);
        }
}

inline void add_outer(const float* d_y, const float* x, int inputs, int outputs, float* d_weights, float* d_bias) {
    int o = 0;
    for (; o + 2 <= outputs; o += 2) add_outer_rows<2>(d_y + o * BLOCK, x, inputs, d_weights + o * inputs);
    for (; o < outputs; o++) add_outer_rows<1>(d_y + o * BLOCK, x, inputs, d_weights + o * inputs);
    for (o = 0; o < outputs; o++) {
        Floats total{};
        for (int at = 0; at < BLOCK; at += LANES) total += load(d_y + o * BLOCK + at);
        d_bias[o] += sum_of(total);
    }
}

INLINE Floats sigmoid(Floats x) { return 1.f / (1.f + exp2_of(clamp(x * -1.44269504f, broadcast(-100.f), broadcast(100.f)))); }

inline void activate(bool silu, int rows, const float* z, float* y) {
    for (int i = 0; i < rows * BLOCK; i += LANES) {
        const Floats x = load(z + i);
        store(y + i, silu ? x * sigmoid(x) : maximum(x, Floats{}));
    }
}

// d_z from the gradient by what was activated, in place.
inline void activate_backward(bool silu, int rows, const float* z, float* d) {
    for (int i = 0; i < rows * BLOCK; i += LANES) {
        const Floats x = load(z + i), by_y = load(d + i);
        if (silu) {
            const Floats s = sigmoid(x);
            store(d + i, by_y * s * (1.f + x * (1.f - s)));
        } else {
            store(d + i, keep(x > 0.f, by_y));
        }
    }
}

// The weights of a layer, inputs x outputs.
inline std::vector<float> turned(const float* weights, int inputs, int outputs) {
    std::vector<float> result(static_cast<size_t>(inputs) * outputs);
    for (int o = 0; o < outputs; o++)
        for (int i = 0; i < inputs; i++) result[i * outputs + o] = weights[o * inputs + i];
    return result;
}

// The layers of one perceptron for one block after the other.
class Layers {
   public:
    explicit Layers(const Perceptron& net) : net_(net) {
        size_t rows = net.widths[0];
        for (int l = 1; l <= net.layers; l++) rows += 2 * net.widths[l];
        const int widest = *std::max_element(net.widths, net.widths + net.layers + 1);
        numbers_.resize((rows + 2 * widest) * BLOCK + LANES);
        float* at = numbers_.data();
        inputs_.push_back(at), at += net.widths[0] * BLOCK;
        for (int l = 1; l <= net.layers; l++) {
            before_.push_back(at), at += net.widths[l] * BLOCK;
            inputs_.push_back(at), at += net.widths[l] * BLOCK;
        }
        gradient_ = at, next_gradient_ = at + widest * BLOCK;
    }

    const Perceptron& net() const { return net_; }
    float* input() { return inputs_[0]; }

    // The outputs for the input: rows of BLOCK points.
    const float* forward() {
        for (int l = 0; l < net_.layers; l++) {
            const int inputs = net_.widths[l], outputs = net_.widths[l + 1];
            product(net_.weights[l], net_.biases[l], inputs, outputs, inputs_[l], before_[l]);
            if (l + 1 < net_.layers) activate(net_.silu, outputs, before_[l], inputs_[l + 1]);
        }
        return before_.back();
    }

    // The gradient by the outputs for points first .. first + count, points x outputs.
    void take_gradient(const float* d_out, int64_t first, int count) {
        const int outputs = net_.widths[net_.layers];
        if (count < BLOCK) std::fill_n(gradient_, outputs * BLOCK, 0.f);
        for (int p = 0; p < count; p++)
            for (int o = 0; o < outputs; o++) gradient_[o * BLOCK + p] = d_out[(first + p) * outputs + o];
    }

    // After both: adds to the gradients, d_parameters layer by layer, weights before bias, and returns that by the first
    // `wanted` inputs. `turned` are the weights of all layers, inputs x outputs.
    const float* backward(const float* const* turned, float* const* d_parameters, int wanted) {
        for (int l = net_.layers - 1; l >= 0; l--) {
            const int inputs = net_.widths[l], outputs = net_.widths[l + 1];
            add_outer(gradient_, inputs_[l], inputs, outputs, d_parameters[2 * l], d_parameters[2 * l + 1]);
            product(turned[l], nullptr, outputs, l ? inputs : wanted, gradient_, next_gradient_);
            if (l) activate_backward(net_.silu, inputs, before_[l - 1], next_gradient_);
            std::swap(gradient_, next_gradient_);
        }
        return gradient_;
    }

   private:
    const Perceptron& net_;
    std::vector<float> numbers_;
    std::vector<float*> inputs_, before_;  // of every layer: what it gets, and what it makes before it is activated
    float *gradient_, *next_gradient_;
};

// The weights of all layers, inputs x outputs.
struct TurnedWeights {
    std::vector<std::vector<float>> kept;
    std::vector<const float*> layers;

    explicit TurnedWeights(const Perceptron& net) {
        for (int l = 0; l < net.layers; l++) {
            kept.push_back(turned(net.weights[l], net.widths[l], net.widths[l + 1]));
            layers.push_back(kept.back().data());
        }
    }
};

// Numbers in one place: something of `before`, then the gradients of every layer's weights and bias.
struct GradientSums {
    std::vector<float> numbers;
    std::vector<float*> parameters;

    GradientSums(int64_t before, const Perceptron& net) {
        size_t size = before;
        for (int l = 0; l < net.layers; l++) size += static_cast<size_t>(net.widths[l] + 1) * net.widths[l + 1];
        numbers.assign(size, 0.f);
        float* at = numbers.data() + before;
        for (int l = 0; l < net.layers; l++) {
            parameters.push_back(at), at += net.widths[l] * net.widths[l + 1];
            parameters.push_back(at), at += net.widths[l + 1];
        }
    }
};

constexpr int64_t POINTS_PER_PART = 8192;  // gradients are summed part by part, so that they do not depend on threads
constexpr int MOST_PARTS = 8;

template <class Body>
void for_each_block(int64_t begin, int64_t end, Body&& body) {
    for (int64_t first = begin; first < end; first += BLOCK) body(first, static_cast<int>(std::min<int64_t>(BLOCK, end - first)));
}

// body(sums, begin, end) for parts of the points, each with its own sums, on the threads; then the sum of all sums.
template <class Body>
void sum_over_parts(int64_t points, int64_t before, const Perceptron& net, float* gradients, Body&& body) {
    const int count = static_cast<int>(std::clamp<int64_t>(points / POINTS_PER_PART, 1, MOST_PARTS));
    std::vector<GradientSums> parts;
    parts.reserve(count);
    for (int i = 0; i < count; i++) parts.emplace_back(before, net);
    threads::for_each(count, [&](int i) {
        const int64_t blocks = (points + BLOCK - 1) / BLOCK;
        body(parts[i], blocks * i / count * BLOCK, std::min(points, blocks * (i + 1) / count * BLOCK));
    });
    threads::for_each_stretch(static_cast<int64_t>(parts[0].numbers.size()), 1 << 16, [&](int64_t begin, int64_t end) {
        std::copy(&parts[0].numbers[begin], parts[0].numbers.data() + end, gradients + begin);
        for (int i = 1; i < count; i++)
            for (int64_t k = begin; k < end; k++) gradients[k] += parts[i].numbers[k];
    });
}
