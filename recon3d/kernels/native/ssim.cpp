// Fused L1 + SSIM loss and its gradient by the first picture (Wang et al. 2004; zero padding, as 3DGS trains with).
//
// Pictures are interleaved RGB, so a row of 3 * width floats is blurred with taps 3 floats apart and vectors need not
// know about channels. The Gaussian window is separable: 11 rows are weighed into one line, then the line is blurred.
#include <algorithm>
#include <cstring>

#include "splat.h"
#include "threads.h"

namespace {

constexpr int RADIUS = 5, TAPS = 2 * RADIUS + 1;
// exp(-k^2 / (2 * 1.5^2)) normalised over -5..5, from the rim to the middle.
constexpr float WINDOW[RADIUS + 1] = {0.001028380084f, 0.007598758135f, 0.03600077213f,
                                    0.1093606895f,   0.2130055377f,   0.2660117248f};
constexpr float C1 = 0.01f * 0.01f, C2 = 0.03f * 0.03f;
constexpr int BAND = 16;                     // rows per item of parallel work
constexpr int MARGIN = 16;                   // zeros before and after a line: at least 3 * RADIUS
constexpr int MAPS = 4;                      // x, y, x^2 + y^2 (SSIM needs no more of the two), xy
constexpr int GRADIENT_MAPS = 3;             // dL/d mean of x, of x^2, of xy

struct Picture {
    int width, height;
    int row() const { return 3 * width; }
    int padded() const { return (row() + LANES - 1) / LANES * LANES; }
    int line() const { return padded() + 2 * MARGIN + LANES; }
};

// The line blurred along itself at `at`, which has zeros for MARGIN floats on both sides.
INLINE Floats blur_along(const float* at) {
    Floats sum = WINDOW[RADIUS] * load(at);
    for (int k = 0; k < RADIUS; k++) {
        const int offset = 3 * (RADIUS - k);
        sum += WINDOW[k] * (load(at - offset) + load(at + offset));
    }
    return sum;
}

struct Moments {
    Floats x, y, squares, xy;
};

// The maps blurred down the column at offset i; `a` and `b` point at the 11 rows of the two pictures.
INLINE Moments blur_down(const float* const* a, const float* const* b, int i) {
    const Floats x = load(a[RADIUS] + i), y = load(b[RADIUS] + i);
    Moments m = {WINDOW[RADIUS] * x, WINDOW[RADIUS] * y, {}, {}};
    m.squares = m.x * x + m.y * y, m.xy = m.x * y;
    for (int k = 0; k < RADIUS; k++) {
        const Floats x0 = load(a[k] + i), x1 = load(a[TAPS - 1 - k] + i);
        const Floats y0 = load(b[k] + i), y1 = load(b[TAPS - 1 - k] + i);
        m.x += WINDOW[k] * (x0 + x1);
        m.y += WINDOW[k] * (y0 + y1);
        m.squares += WINDOW[k] * (x0 * x0 + y0 * y0 + x1 * x1 + y1 * y1);
        m.xy += WINDOW[k] * (x0 * y0 + x1 * y1);
    }
    return m;
}

struct Derivative {
    Floats ssim, by_x, by_xx, by_xy;  // SSIM and its derivatives by the blurred x, x^2 and xy
};

INLINE Derivative ssim_at(const Moments& m) {
    const Floats product = m.x * m.y, of_means = m.x * m.x + m.y * m.y;
    const Floats a1 = 2.f * product + C1, a2 = 2.f * (m.xy - product) + C2;
    const Floats b1 = of_means + C1, b2 = m.squares - of_means + C2;
    const Floats inverse = 1.f / (b1 * b2);
    Derivative d;
    d.ssim = a1 * a2 * inverse;
    d.by_xx = -d.ssim * b1 * inverse;
    d.by_xy = 2.f * a1 * inverse;
    d.by_x = 2.f * inverse * (m.y * (a2 - a1) - m.x * d.ssim * (b2 - b1));
    return d;
}

// Rows first - RADIUS .. last + RADIUS of a picture with zeros around, each `padded` floats long.
void copy_band(const Picture& p, const float* picture, int first, int last, float* to) {
    for (int y = first - RADIUS; y < last + RADIUS; y++, to += p.padded()) {
        const bool inside = y >= 0 && y < p.height;
        if (inside) std::memcpy(to, picture + static_cast<size_t>(y) * p.row(), sizeof(float) * p.row());
        const int filled = inside ? p.row() : 0;
        std::memset(to + filled, 0, sizeof(float) * (p.padded() - filled));
    }
}

struct Sums {
    double ssim, absolute;
};

// SSIM and L1 summed over the rows of one band; the derivative maps of its rows go to `maps`.
Sums measure_band(const Picture& p, const float* x, const float* y, int first, float* maps) {
    const int last = std::min(p.height, first + BAND), padded = p.padded(), line = p.line();
    static thread_local Buffer<float> rows_x, rows_y, lines;
    float* band_x = rows_x.reserve(static_cast<size_t>(BAND + 2 * RADIUS) * padded);
    float* band_y = rows_y.reserve(static_cast<size_t>(BAND + 2 * RADIUS) * padded);
    float* blurred = lines.reserve(static_cast<size_t>(MAPS) * line);
    copy_band(p, x, first, last, band_x);
    copy_band(p, y, first, last, band_y);
    std::memset(blurred, 0, sizeof(float) * MAPS * line);
    const size_t plane = static_cast<size_t>(p.height) * padded;
    Sums sums = {0, 0};
    for (int row = first; row < last; row++) {
        const float *down_x[TAPS], *down_y[TAPS];
        for (int k = 0; k < TAPS; k++) {
            down_x[k] = band_x + static_cast<size_t>(row - first + k) * padded;
            down_y[k] = band_y + static_cast<size_t>(row - first + k) * padded;
        }
        for (int i = 0; i < padded; i += LANES) {
            const Moments m = blur_down(down_x, down_y, i);
            float* to = blurred + MARGIN + i;
            store(to, m.x), store(to + line, m.y), store(to + 2 * line, m.squares), store(to + 3 * line, m.xy);
        }
        Floats ssim{}, absolute{};
        for (int i = 0; i < padded; i += LANES) {
            const float* at = blurred + MARGIN + i;
            Derivative d = ssim_at({blur_along(at), blur_along(at + line), blur_along(at + 2 * line),
                                    blur_along(at + 3 * line)});
            const Floats difference = load(down_x[RADIUS] + i) - load(down_y[RADIUS] + i);
            if (i + LANES > p.row())
                for (int lane = p.row() - i; lane < LANES; lane++)
                    d.ssim[lane] = d.by_x[lane] = d.by_xx[lane] = d.by_xy[lane] = 0.f;
            ssim += d.ssim;
            absolute += maximum(difference, -difference);
            float* to = maps + static_cast<size_t>(row) * padded + i;
            store(to, d.by_x), store(to + plane, d.by_xx), store(to + 2 * plane, d.by_xy);
        }
        sums.ssim += sum_of(ssim);
        sums.absolute += sum_of(absolute);
    }
    return sums;
}

// dL/d x of the rows of one band: the derivative maps blurred once more, weighed with the pixels.
void differentiate_band(const Picture& p, const float* x, const float* y, float ssim_weight, const float* maps,
                        int first, float* gradient) {
    const int padded = p.padded(), line = p.line();
    const size_t plane = static_cast<size_t>(p.height) * padded;
    static thread_local Buffer<float> lines, zeros;
    float* blurred = lines.reserve(static_cast<size_t>(GRADIENT_MAPS) * line);
    std::memset(blurred, 0, sizeof(float) * GRADIENT_MAPS * line);
    float* none = zeros.reserve(padded);
    std::memset(none, 0, sizeof(float) * padded);
    const float share = 1.f / (static_cast<float>(p.height) * p.row());
    for (int row = first; row < std::min(p.height, first + BAND); row++) {
        for (int map = 0; map < GRADIENT_MAPS; map++) {
            const float* down[TAPS];
            for (int k = 0; k < TAPS; k++) {
                const int y_k = row + k - RADIUS;
                const bool inside = y_k >= 0 && y_k < p.height;
                down[k] = inside ? maps + map * plane + static_cast<size_t>(y_k) * padded : none;
            }
            for (int i = 0; i < padded; i += LANES) {
                Floats sum = WINDOW[RADIUS] * load(down[RADIUS] + i);
                for (int k = 0; k < RADIUS; k++) sum += WINDOW[k] * (load(down[k] + i) + load(down[TAPS - 1 - k] + i));
                store(blurred + map * line + MARGIN + i, sum);
            }
        }
        const float *row_x = x + static_cast<size_t>(row) * p.row(), *row_y = y + static_cast<size_t>(row) * p.row();
        float* row_gradient = gradient + static_cast<size_t>(row) * p.row();
        for (int i = 0; i < p.row(); i += LANES) {
            const int count = std::min(LANES, p.row() - i);
            Floats a{}, b{};
            std::memcpy(&a, row_x + i, sizeof(float) * count);
            std::memcpy(&b, row_y + i, sizeof(float) * count);
            const float* at = blurred + MARGIN + i;
            const Floats d_ssim = blur_along(at) + 2.f * a * blur_along(at + line) + b * blur_along(at + 2 * line);
            const Floats sign = choose(a > b, broadcast(1.f), choose(a < b, broadcast(-1.f), Floats{}));
            const Floats d = share * ((1.f - ssim_weight) * sign - ssim_weight * d_ssim);
            std::memcpy(row_gradient + i, &d, sizeof(float) * count);
        }
    }
}

}  // namespace

// loss = (1 - ssim_weight) * mean |x - y| + ssim_weight * (1 - mean SSIM), and d loss / d x. Pictures height x width x 3.
EXPORT int recon3d_l1_ssim(const float* x, const float* y, int height, int width, float ssim_weight, float* gradient,
                               double* loss) try {
    static thread_local Buffer<float> map_memory;
    static thread_local Buffer<Sums> sum_memory;
    const Picture p = {width, height};
    const int bands = (height + BAND - 1) / BAND;
    float* maps = map_memory.reserve(static_cast<size_t>(GRADIENT_MAPS) * height * p.padded());
    Sums* sums = sum_memory.reserve(bands);
    threads::for_each(bands, [&](int band) { sums[band] = measure_band(p, x, y, band * BAND, maps); });
    threads::for_each(bands, [&](int band) {
        differentiate_band(p, x, y, ssim_weight, maps, band * BAND, gradient);
    });
    Sums total = {0, 0};
    for (int band = 0; band < bands; band++) {
        total.ssim += sums[band].ssim;
        total.absolute += sums[band].absolute;
    }
    const double values = static_cast<double>(height) * p.row();
    *loss = (1 - ssim_weight) * total.absolute / values + ssim_weight * (1 - total.ssim / values);
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}
