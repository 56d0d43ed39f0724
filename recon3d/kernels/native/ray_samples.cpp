// Where rays are sampled: in the cells of a grid that may hold something (Müller et al. 2022, Instant-NGP, section 5.4).
#include <algorithm>

#include "lanes.h"
#include "threads.h"

struct RayBundle {
    int64_t count;
    const float *origins, *directions;  // count x 3
    const float *near, *far;
    const float* offsets;  // where in a step a ray is sampled, 0 to 1
};

struct Steps {
    int32_t count;
    const float* edges;  // count + 1 of them, from `near` on
};

struct Cells {
    int32_t resolution, contracted;
    float half_size;
    const uint8_t* occupied;  // x, y, z; null where all are
};

namespace {

constexpr int RAYS_AT_ONCE = 64;  // of an item of parallel work

INLINE Floats magnitude(Floats x) { return maximum(x, -x); }

// The cells of LANES points along a ray, and which of them are occupied. What is far away is drawn in where cells are
// contracted: the cube of twice the size holds all of space (Barron et al. 2022, Mip-NeRF 360, equation 10, by the largest
// coordinate instead of the norm).
INLINE uint32_t occupied(const Cells& cells, const float* origin, const float* direction, Floats distance) {
    Floats point[3];
    for (int axis = 0; axis < 3; axis++) point[axis] = (origin[axis] + distance * direction[axis]) / cells.half_size;
    if (cells.contracted) {
        const Floats size = maximum(magnitude(point[0]), maximum(magnitude(point[1]), magnitude(point[2])));
        const Floats scale = choose(size > 1.f, (2.f - 1.f / size) / size, broadcast(1.f)) * 0.5f;
        for (int axis = 0; axis < 3; axis++) point[axis] *= scale;
    }
    Ints index{};
    for (int axis = 0; axis < 3; axis++) {
        const Floats place = (point[axis] + 1.f) * (0.5f * cells.resolution);
        const Floats inside = keep(place == place, clamp(place, Floats{}, broadcast(cells.resolution - 1.f)));
        index = index * cells.resolution + __builtin_convertvector(inside, Ints);
    }
    uint32_t bits = 0;
    for (int i = 0; i < LANES; i++) bits |= static_cast<uint32_t>(cells.occupied[index[i]] != 0) << i;
    return bits;
}

// body(first, distances, bits) for every LANES steps of a ray: bit i says whether step first + i has a sample.
template <class Body>
INLINE void for_each_lanes(const RayBundle& rays, const Steps& steps, const Cells& cells, int64_t ray, Body&& body) {
    const float near = rays.near[ray], far = rays.far[ray], offset = rays.offsets[ray];
    float edges[LANES + 1];
    for (int first = 0; first < steps.count; first += LANES) {
        for (int i = 0; i <= LANES; i++) edges[i] = steps.edges[std::min(first + i, steps.count)];
        const Floats from = load(edges), length = load(edges + 1) - from;
        const Floats distance = near + (from + offset * length);
        uint32_t bits = bits_of(distance < far);
        if (steps.count - first < LANES) bits &= (1u << (steps.count - first)) - 1;
        if (!bits) return;
        if (cells.occupied) bits &= occupied(cells, rays.origins + 3 * ray, rays.directions + 3 * ray, distance);
        body(first, distance, bits);
    }
}

}  // namespace

// sizes: of every ray, how many samples it has.
EXPORT int recon3d_count_samples(const RayBundle* rays, const Steps* steps, const Cells* cells, int64_t* sizes) {
    threads::for_each_stretch(rays->count, RAYS_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t ray = begin; ray < end; ray++) {
            int64_t size = 0;
            for_each_lanes(*rays, *steps, *cells, ray, [&](int, Floats, uint32_t bits) { size += __builtin_popcount(bits); });
            sizes[ray] = size;
        }
    });
    return 0;
}

// distances, lengths: of all samples, those of ray i from starts[i] on.
EXPORT int recon3d_place_samples(const RayBundle* rays, const Steps* steps, const Cells* cells, const int64_t* starts,
                                 float* distances, float* lengths) {
    threads::for_each_stretch(rays->count, RAYS_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t ray = begin; ray < end; ray++) {
            int64_t at = starts[ray];
            for_each_lanes(*rays, *steps, *cells, ray, [&](int first, Floats distance, uint32_t bits) {
                for (; bits; bits &= bits - 1, at++) {
                    const int i = __builtin_ctz(bits);
                    distances[at] = distance[i];
                    lengths[at] = steps->edges[first + i + 1] - steps->edges[first + i];
                }
            });
        }
    });
    return 0;
}
