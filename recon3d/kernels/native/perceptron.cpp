// A small perceptron on rows of numbers, and back (see perceptron.h). What the layers make is not kept for the way back
// but computed again: that is sooner done than memory is written and read.
#include <new>

#include "perceptron.h"

namespace {

constexpr int BLOCKS_AT_ONCE = 16;  // of an item of parallel work

// Rows of BLOCK points, one for every channel, from points x channels.
INLINE void gather(const float* from, int channels, int count, float* x) {
    if (count < BLOCK) std::fill_n(x, channels * BLOCK, 0.f);
    for (int p = 0; p < count; p++)
        for (int c = 0; c < channels; c++) x[c * BLOCK + p] = from[p * channels + c];
}

// The way back.
INLINE void scatter(const float* x, int channels, int count, float* to) {
    for (int p = 0; p < count; p++)
        for (int c = 0; c < channels; c++) to[p * channels + c] = x[c * BLOCK + p];
}

}  // namespace

// inputs: count x the first width; out: count x the last one.
EXPORT int recon3d_perceptron(const Perceptron* net, int64_t count, const float* inputs, float* out) try {
    const int width = net->widths[0], last = net->widths[net->layers];
    threads::for_each_stretch(count, BLOCKS_AT_ONCE * BLOCK, [&](int64_t begin, int64_t end) {
        Layers layers(*net);
        for_each_block(begin, end, [&](int64_t first, int some) {
            gather(inputs + first * width, width, some, layers.input());
            scatter(layers.forward(), last, some, out + first * last);
        });
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}

// d_inputs: as inputs. gradients: those of every layer's weights and bias, one after the other.
EXPORT int recon3d_perceptron_backward(const Perceptron* net, int64_t count, const float* inputs, const float* d_out,
                                       float* d_inputs, float* gradients) try {
    const int width = net->widths[0];
    const TurnedWeights turned(*net);
    sum_over_parts(count, 0, *net, gradients, [&](GradientSums& sums, int64_t begin, int64_t end) {
        Layers layers(*net);
        for_each_block(begin, end, [&](int64_t first, int some) {
            gather(inputs + first * width, width, some, layers.input());
            layers.forward();
            layers.take_gradient(d_out, first, some);
            scatter(layers.backward(turned.layers.data(), sums.parameters.data(), width), width, some,
                    d_inputs + first * width);
        });
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}
