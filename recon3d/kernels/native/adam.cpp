// Adam (Kingma and Ba 2015, algorithm 1) on rows of a parameter, in place.
#include <cmath>

#include "lanes.h"
#include "threads.h"

namespace {

constexpr float BETA1 = 0.9f, BETA2 = 0.999f, EPSILON = 1e-15f;
constexpr int CHUNK = 1024;  // rows per item of parallel work

struct Adam {
    float *parameter, *first, *second;
    const float *gradient, *rates;  // one rate per column, divided by the first moment's bias
    float second_bias;              // 1 / sqrt(1 - BETA2^step)

    INLINE void update(size_t i, float rate) const {
        const float g = gradient[i];
        const float m = BETA1 * first[i] + (1.f - BETA1) * g;
        const float v = BETA2 * second[i] + (1.f - BETA2) * g * g;
        first[i] = m;
        second[i] = v;
        parameter[i] -= rate * m / (std::sqrt(v) * second_bias + EPSILON);
    }
};

}  // namespace

// `rows` may be null (all) or hold one byte per row: 0 leaves the row and its moments alone. At most 64 columns.
EXPORT int recon3d_adam_step(int64_t count, int columns, float* parameter, const float* gradient, float* first,
                                 float* second, const float* rates, int64_t step, const uint8_t* rows) {
    constexpr int MOST_COLUMNS = 64;
    if (columns > MOST_COLUMNS) return 2;
    float scaled[MOST_COLUMNS];
    const double bias1 = 1 - std::pow(static_cast<double>(BETA1), step);
    const double bias2 = 1 - std::pow(static_cast<double>(BETA2), step);
    for (int c = 0; c < columns; c++) scaled[c] = static_cast<float>(rates[c] / bias1);
    const Adam adam = {parameter, first, second, gradient, scaled, static_cast<float>(1 / std::sqrt(bias2))};
    threads::for_each_stretch(count, CHUNK, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; row++) {
            if (rows && !rows[row]) continue;
            const size_t start = static_cast<size_t>(row) * columns;
#pragma GCC ivdep
            for (int c = 0; c < columns; c++) adam.update(start + c, scaled[c]);
        }
    });
    return 0;
}
