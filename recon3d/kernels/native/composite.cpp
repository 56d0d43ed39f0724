// What rays see of their samples, front to back (Max 1995; NeRF, Mildenhall et al. 2020, equation 3), and back.
#include <cmath>

#include "lanes.h"
#include "threads.h"

namespace {

constexpr int RAYS_AT_ONCE = 64;  // of an item of parallel work
constexpr int CHANNELS = 5;       // of what is seen: colour, alpha, distance times alpha

}  // namespace

struct RaySamples {
    int64_t rays;
    const int64_t* starts;
    const float *optical, *colours, *distances;  // per sample: 1, 3 and 1 numbers
};

// seen: rays x CHANNELS.
EXPORT int recon3d_composite(const RaySamples* samples, float* seen) {
    threads::for_each_stretch(samples->rays, RAYS_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t ray = begin; ray < end; ray++) {
            float through = 1.f, sums[CHANNELS] = {};
            for (int64_t i = samples->starts[ray]; i < samples->starts[ray + 1]; i++) {
                const float left = through * std::exp(-samples->optical[i]), weight = through - left;
                for (int c = 0; c < 3; c++) sums[c] += weight * samples->colours[3 * i + c];
                sums[3] += weight, sums[4] += weight * samples->distances[i];
                through = left;
            }
            std::copy_n(sums, CHANNELS, seen + CHANNELS * ray);
        }
    });
    return 0;
}

// A sample's optical depth takes light from all behind it: d seen / d optical_i = T_(i+1) x_i - (what is seen behind i).
EXPORT int recon3d_composite_backward(const RaySamples* samples, const float* seen, const float* d_seen, float* d_optical,
                                      float* d_colours) {
    threads::for_each_stretch(samples->rays, RAYS_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t ray = begin; ray < end; ray++) {
            const float* d = d_seen + CHANNELS * ray;
            float through = 1.f, behind = 0.f;  // what the samples from here on add to the loss, to first order
            for (int c = 0; c < CHANNELS; c++) behind += d[c] * seen[CHANNELS * ray + c];
            for (int64_t i = samples->starts[ray]; i < samples->starts[ray + 1]; i++) {
                const float left = through * std::exp(-samples->optical[i]), weight = through - left;
                float value = d[3] + d[4] * samples->distances[i];
                for (int c = 0; c < 3; c++) value += d[c] * samples->colours[3 * i + c];
                behind -= weight * value;
                d_optical[i] = left * value - behind;
                for (int c = 0; c < 3; c++) d_colours[3 * i + c] = weight * d[c];
                through = left;
            }
        }
    });
    return 0;
}
