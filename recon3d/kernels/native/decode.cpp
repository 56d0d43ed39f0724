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
constexpr int64_t POINTS_PER_PART = 8192;  // gradients are summed part by part, so that they do not depend on threads
constexpr int MOST_PARTS = 8;
constexpr int TAPS = 4;

}  // namespace

struct Planes {
    const float* values;  // 3 x height x width x channels
    int32_t channels, height, width;
    int64_t size() const { return int64_t(3) * height * width * channels; }
};

struct Perceptron {
    int32_t layers, silu;    // otherwise relu
    const int32_t* widths;   // of the input, then of every layer's output
    const float* const* weights;  // outputs x inputs
    const float* const* biases;
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
    Block(const Planes& planes, const Perceptron& net, const Points& points) : planes_(planes), net_(net), points_(points) {
        size_t rows = net.widths[0];
        for (int l = 1; l <= net.layers; l++) rows += 2 * net.widths[l];
        widest_ = *std::max_element(net.widths, net.widths + net.layers + 1);
        numbers_.resize((rows + 2 * widest_) * BLOCK + LANES);
        float* at = numbers_.data();
        inputs_.push_back(at), at += net.widths[0] * BLOCK;
        for (int l = 1; l <= net.layers; l++) {
            before_.push_back(at), at += net.widths[l] * BLOCK;
            inputs_.push_back(at), at += net.widths[l] * BLOCK;
        }
        gradient_ = at, next_gradient_ = at + widest_ * BLOCK;
    }

    // The perceptron's outputs for points first .. first + count: rows of BLOCK points.
    const float* forward(int64_t first, int count) {
        gather(first, count);
        for (int l = 0; l < net_.layers; l++) {
            const int inputs = net_.widths[l], outputs = net_.widths[l + 1];
            product(net_.weights[l], net_.biases[l], inputs, outputs, inputs_[l], before_[l]);
            if (l + 1 < net_.layers) activate(net_.silu, outputs, before_[l], inputs_[l + 1]);
        }
        return before_.back();
    }

    // After forward: adds to the gradients, d_parameters layer by layer, weights before bias. `turned` are the weights
    // of all layers, inputs x outputs.
    void backward(int64_t first, int count, const float* d_out, const float* const* turned, float* const* d_parameters,
                  float* d_planes) {
        const int last = net_.widths[net_.layers];
        std::fill_n(gradient_, last * BLOCK, 0.f);
        for (int p = 0; p < count; p++)
            for (int o = 0; o < last; o++) gradient_[o * BLOCK + p] = d_out[(first + p) * last + o];
        for (int l = net_.layers - 1; l >= 0; l--) {
            const int inputs = net_.widths[l], outputs = net_.widths[l + 1];
            add_outer(gradient_, inputs_[l], inputs, outputs, d_parameters[2 * l], d_parameters[2 * l + 1]);
            const int wanted = l ? inputs : 3 * planes_.channels;
            product(turned[l], nullptr, outputs, wanted, gradient_, next_gradient_);
            if (l) activate_backward(net_.silu, inputs, before_[l - 1], next_gradient_);
            std::swap(gradient_, next_gradient_);
        }
        scatter(first, count, d_planes);
    }

   private:
    INLINE Shadow shadow(int plane, int64_t point) const {
        const float* at = points_.shadows + 2 * (plane * points_.count + point);
        return shadow_of(planes_, plane, at[0], at[1]);
    }

    void gather(int64_t first, int count) {
        float* x = inputs_[0];
        if (count < BLOCK) std::fill_n(x, net_.widths[0] * BLOCK, 0.f);
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

    void scatter(int64_t first, int count, float* d_planes) const {
        const int channels = planes_.channels;
        for (int p = 0; p < count; p++)
            for (int plane = 0; plane < 3; plane++) {
                const Shadow s = shadow(plane, first + p);
                const float* from = gradient_ + plane * channels * BLOCK + p;
                for (int tap = 0; tap < TAPS; tap++) {
                    if (s.weight[tap] == 0.f) continue;
                    float* to = d_planes + s.cell[tap];
                    for (int c = 0; c < channels; c++) to[c] += s.weight[tap] * from[c * BLOCK];
                }
            }
    }

    const Planes& planes_;
    const Perceptron& net_;
    const Points& points_;
    int widest_;
    std::vector<float> numbers_;
    std::vector<float*> inputs_, before_;  // of every layer: what it gets, and what it makes before it is activated
    float *gradient_, *next_gradient_;
};

// Gradients of one part of the points: those of the planes, then of every layer's weights and bias.
struct Part {
    std::vector<float> numbers;
    std::vector<float*> parameters;

    Part(const Planes& planes, const Perceptron& net) {
        size_t size = planes.size();
        for (int l = 0; l < net.layers; l++) size += static_cast<size_t>(net.widths[l] + 1) * net.widths[l + 1];
        numbers.assign(size, 0.f);
        float* at = numbers.data() + planes.size();
        for (int l = 0; l < net.layers; l++) {
            parameters.push_back(at), at += net.widths[l] * net.widths[l + 1];
            parameters.push_back(at), at += net.widths[l + 1];
        }
    }
};

template <class Body>
void for_each_block(int64_t begin, int64_t end, Body&& body) {
    for (int64_t first = begin; first < end; first += BLOCK) body(first, static_cast<int>(std::min<int64_t>(BLOCK, end - first)));
}

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
    std::vector<std::vector<float>> kept;
    std::vector<const float*> turns;
    for (int l = 0; l < net->layers; l++) {
        kept.push_back(turned(net->weights[l], net->widths[l], net->widths[l + 1]));
        turns.push_back(kept.back().data());
    }
    const int count = static_cast<int>(std::clamp<int64_t>(points->count / POINTS_PER_PART, 1, MOST_PARTS));
    std::vector<Part> parts;
    parts.reserve(count);
    for (int i = 0; i < count; i++) parts.emplace_back(*planes, *net);
    threads::for_each(count, [&](int i) {
        Block block(*planes, *net, *points);
        const int64_t blocks = (points->count + BLOCK - 1) / BLOCK;
        const int64_t begin = blocks * i / count * BLOCK, end = std::min(points->count, blocks * (i + 1) / count * BLOCK);
        for_each_block(begin, end, [&](int64_t first, int size) {
            block.forward(first, size);
            block.backward(first, size, d_out, turns.data(), parts[i].parameters.data(), parts[i].numbers.data());
        });
    });
    threads::for_each_stretch(static_cast<int64_t>(parts[0].numbers.size()), 1 << 16, [&](int64_t begin, int64_t end) {
        std::copy(&parts[0].numbers[begin], parts[0].numbers.data() + end, gradients + begin);
        for (int i = 1; i < count; i++)
            for (int64_t k = begin; k < end; k++) gradients[k] += parts[i].numbers[k];
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}
