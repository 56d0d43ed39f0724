// A premultiplied picture over one background colour, and back.
#include "lanes.h"
#include "threads.h"

constexpr int64_t CHUNK = 8192;  // pixels per item of parallel work

EXPORT int recon3d_over(int64_t pixels, const float* colour, const float* alpha, const float* background,
                        float* picture) {
    const float red = background[0], green = background[1], blue = background[2];
    threads::for_each_stretch(pixels, CHUNK, [=](int64_t begin, int64_t end) {
#pragma GCC ivdep
        for (int64_t i = begin; i < end; i++) {
            const float left = 1.f - alpha[i];
            picture[3 * i] = colour[3 * i] + left * red;
            picture[3 * i + 1] = colour[3 * i + 1] + left * green;
            picture[3 * i + 2] = colour[3 * i + 2] + left * blue;
        }
    });
    return 0;
}

// The gradient by the colour is that by the picture; this is the one by alpha.
EXPORT int recon3d_over_backward(int64_t pixels, const float* d_picture, const float* background, float* d_alpha) {
    const float red = background[0], green = background[1], blue = background[2];
    threads::for_each_stretch(pixels, CHUNK, [=](int64_t begin, int64_t end) {
#pragma GCC ivdep
        for (int64_t i = begin; i < end; i++)
            d_alpha[i] = -(d_picture[3 * i] * red + d_picture[3 * i + 1] * green + d_picture[3 * i + 2] * blue);
    });
    return 0;
}
