// The layers of a small perceptron for a block of points, and back: one row of BLOCK points for every channel, so that a
// layer's numbers stay in the nearest cache and the products are plain sums over rows.
#pragma once
#include <vector>

#include "lanes.h"

constexpr int BLOCK = 8 * LANES;

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
