// Noise of 3DGS as Markov chain Monte Carlo (Kheradmand et al. 2024, equation 9) on the means of faint Gaussians.
#include <algorithm>
#include <cmath>

#include "lanes.h"
#include "threads.h"

namespace {

constexpr float GATE_MIN = 0.01f;  // as PERTURB_GATE_MIN in recon3d/kernels/reference
constexpr float LOG2_E = 1.44269504f;
constexpr float NOISE_SCALE = 2.6429e-5f;  // 1 / standard deviation of the sum, as in recon3d/kernels/reference
constexpr uint64_t GOLDEN = 0x9E3779B97F4A7C15ull;
constexpr int CHUNK = 1024;

// SplitMix64 (Steele et al. 2014).
inline uint64_t hash(uint64_t x) {
    x += GOLDEN;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

// Nearly a standard normal that depends on (seed, counter) alone: four 16-bit uniforms added up.
inline float noise_at(uint64_t seed, uint64_t counter) {
    const uint64_t bits = hash(hash(seed * GOLDEN + counter));
    const int sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
    return (sum - 2 * 0xFFFF) * NOISE_SCALE;
}

void perturb(float* mean, const float* q, const float* log_scale, float strength, uint64_t seed, uint64_t row) {
    // Squared scales; exp2_of is fit for -100..100 only, and so are scales.
    Floats exponents{};
    for (int axis = 0; axis < 3; axis++) exponents[axis] = std::clamp(2.f * LOG2_E * log_scale[axis], -100.f, 100.f);
    const Floats variance = exp2_of(exponents);
    const float n = 1.f / std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    const float w = q[0] * n, x = q[1] * n, y = q[2] * n, z = q[3] * n;
    const float rotation[3][3] = {{1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)},
                                  {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)},
                                  {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)}};
    float noise[3];
    for (int k = 0; k < 3; k++) noise[k] = noise_at(seed, 3 * row + k) * strength;
    for (int axis = 0; axis < 3; axis++) {  // covariance = sum over axes of variance * axis axis^T
        const float along = rotation[0][axis] * noise[0] + rotation[1][axis] * noise[1] + rotation[2][axis] * noise[2];
        for (int k = 0; k < 3; k++) mean[k] += rotation[k][axis] * variance[axis] * along;
    }
}

}  // namespace

EXPORT int recon3d_perturb_means(int64_t count, float* means, const float* quaternions, const float* log_scales,
                                     const float* opacity_logits, float strength, uint64_t seed) {
    const float opacity_max = 0.005f + std::log(1.f / GATE_MIN - 1.f) / 100.f;
    const float logit_max = std::log(opacity_max / (1.f - opacity_max));
    threads::for_each_stretch(count, CHUNK, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
            if (!(opacity_logits[row] < logit_max)) continue;
            const float opacity = 1.f / (1.f + std::exp(-opacity_logits[row]));
            const float gate = 1.f / (1.f + std::exp(-100.f * (0.005f - opacity)));
            perturb(means + 3 * row, quaternions + 4 * row, log_scales + 3 * row, strength * gate, seed, row);
        }
    });
    return 0;
}
