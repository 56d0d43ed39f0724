// Features of three planes at points' shadows, through a perceptron (Chan et al. 2022, EG3D), and back.
//
// Points are taken in blocks (see perceptron.h), and nothing is written to memory between the layers.
#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "perceptron.h"
#include "threads.h"

namespace {

constexpr int BLOCKS_AT_ONCE = 16;       // of an item of parallel work
constexpr int TAPS = 4;

}  // namespace

struct Planes {
    const float* values;  // 3 x height x width x channels
    int32_t channels, height, width;
    int64_t size() const { return int64_t(3) * height * width * channels; }
};

struct Points {
    int64_t count;
    const float* shadows;  // 3 x count x 2, across and down, -1 to 1 over a plane
    const float* beside;   // count x extra: further inputs
    int32_t extra;
};

namespace {

// Where a shadow falls between four cells of its plane; cells outside count nothing.
struct Shadow {
    int64_t cell[TAPS];
    float weight[TAPS];
};

INLINE float inside(float x, float limit) { return x > -2.f ? std::min(x, limit + 1.f) : -2.f; }  // NaN goes outside

INLINE Shadow shadow_of(const Planes& planes, int plane, float across, float down) {
    const float x = inside((across + 1.f) * 0.5f * planes.width - 0.5f, planes.width);
    const float y = inside((down + 1.f) * 0.5f * planes.height - 0.5f, planes.height);
    const int left = static_cast<int>(std::floor(x)), top = static_cast<int>(std::floor(y));
    Shadow shadow;
    for (int tap = 0; tap < TAPS; tap++) {
        const int column = left + (tap & 1), row = top + (tap >> 1);
        const bool there = column >= 0 && column < planes.width && row >= 0 && row < planes.height;
        const float by_x = tap & 1 ? x - left : 1.f - (x - left), by_y = tap >> 1 ? y - top : 1.f - (y - top);
        shadow.weight[tap] = there ? by_x * by_y : 0.f;
        shadow.cell[tap] = there ? ((int64_t(plane) * planes.height + row) * planes.width + column) * planes.channels : 0;
    }
    return shadow;
}

// One thread's work on one block after the other.
class Block {
   public:
    Block(const Planes& planes, const Perceptron& net, const Points& points) : planes_(planes), layers_(net), points_(points) {}

    // The perceptron's outputs for points first .. first + count: rows of BLOCK points.
    const float* forward(int64_t first, int count) {
        gather(first, count);
        return layers_.forward();
    }

    // After forward: adds to the gradients. `turned` are the weights of all layers, inputs x outputs.
    void backward(int64_t first, int count, const float* d_out, const float* const* turned, float* const* d_parameters,
                  float* d_planes) {
        layers_.take_gradient(d_out, first, count);
        scatter(first, count, layers_.backward(turned, d_parameters, 3 * planes_.channels), d_planes);
    }

   private:
    INLINE Shadow shadow(int plane, int64_t point) const {
        const float* at = points_.shadows + 2 * (plane * points_.count + point);
        return shadow_of(planes_, plane, at[0], at[1]);
    }

    void gather(int64_t first, int count) {
        float* x = layers_.input();
        if (count < BLOCK) std::fill_n(x, layers_.net().widths[0] * BLOCK, 0.f);
        const int channels = planes_.channels;
        for (int p = 0; p < count; p++) {
            for (int plane = 0; plane < 3; plane++) {
                const Shadow s = shadow(plane, first + p);
                float* to = x + plane * channels * BLOCK + p;
                const float* v = planes_.values;
                for (int c = 0; c < channels; c++)
                    to[c * BLOCK] = s.weight[0] * v[s.cell[0] + c] + s.weight[1] * v[s.cell[1] + c] +
                                    s.weight[2] * v[s.cell[2] + c] + s.weight[3] * v[s.cell[3] + c];
            }
            for (int e = 0; e < points_.extra; e++)
                x[(3 * channels + e) * BLOCK + p] = points_.beside[(first + p) * points_.extra + e];
        }
    }

    void scatter(int64_t first, int count, const float* gradient, float* d_planes) const {
        const int channels = planes_.channels;
        for (int p = 0; p < count; p++)
            for (int plane = 0; plane < 3; plane++) {
                const Shadow s = shadow(plane, first + p);
                const float* from = gradient + plane * channels * BLOCK + p;
                for (int tap = 0; tap < TAPS; tap++) {
                    if (s.weight[tap] == 0.f) continue;
                    float* to = d_planes + s.cell[tap];
                    for (int c = 0; c < channels; c++) to[c] += s.weight[tap] * from[c * BLOCK];
                }
            }
    }

    const Planes& planes_;
    Layers layers_;
    const Points& points_;
};

}  // namespace

// out: points x the last layer's width.
EXPORT int recon3d_decode(const Planes* planes, const Perceptron* net, const Points* points, float* out) try {
    const int last = net->widths[net->layers];
    threads::for_each_stretch(points->count, BLOCKS_AT_ONCE * BLOCK, [&](int64_t begin, int64_t end) {
        Block block(*planes, *net, *points);
        for_each_block(begin, end, [&](int64_t first, int count) {
            const float* y = block.forward(first, count);
            for (int p = 0; p < count; p++)
                for (int o = 0; o < last; o++) out[(first + p) * last + o] = y[o * BLOCK + p];
        });
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}

// gradients: those of the planes, then of every layer's weights and bias, one after the other.
EXPORT int recon3d_decode_backward(const Planes* planes, const Perceptron* net, const Points* points, const float* d_out,
                                   float* gradients) try {
    const TurnedWeights turned(*net);
    sum_over_parts(points->count, planes->size(), *net, gradients, [&](GradientSums& sums, int64_t begin, int64_t end) {
        Block block(*planes, *net, *points);
        for_each_block(begin, end, [&](int64_t first, int count) {
            block.forward(first, count);
            block.backward(first, count, d_out, turned.layers.data(), sums.parameters.data(), sums.numbers.data());
        });
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}
