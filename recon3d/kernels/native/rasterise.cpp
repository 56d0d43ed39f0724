// Triangles seen by one camera: reference/rasterising.py says how and why, and every operation here is one of those
// there, in the same order. So this file must not be compiled with flags that fuse or reassociate them: edge functions
// of neighbouring triangles would no longer be exact negatives, and pixels would fall between them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <new>

#include "lanes.h"
#include "threads.h"

namespace {

constexpr float SLACK = 1e-2f;  // pixels by which a bounding box is widened against rounding
constexpr int VERTICES_AT_ONCE = 4096, FACES_AT_ONCE = 4096;
constexpr int BANDS_PER_THREAD = 4, LEAST_ROWS = 16;
constexpr float NOTHING = std::numeric_limits<float>::infinity();

constexpr int BLOCK = 8;         // pixels along the side of the blocks that triangles are drawn by
constexpr int WIDE = LANES / 2;  // pixels of a row that are tried at once
static_assert(BLOCK % WIDE == 0, "rows of a block are whole vectors");
typedef double Doubles __attribute__((vector_size(8 * WIDE)));
typedef int64_t Longs __attribute__((vector_size(8 * WIDE)));

typedef int32_t Ints4 __attribute__((vector_size(16)));

struct Corner {
    double x, y, z;  // pixel times depth, depth
};

struct Box {
    int left, top, right, bottom;
};

struct Picture {
    int width, height;
    double near;
    int32_t* faces;
    float* weights;
    float* depth;
};

template <class T>
std::unique_ptr<T[]> uninitialised(int64_t count) {
    return std::unique_ptr<T[]>(new T[count]);
}

Corner transformed(const double* matrix, const float* point) {
    const double x = point[0], y = point[1], z = point[2];
    double result[3];
    for (int i = 0; i < 3; i++) {
        const double* row = matrix + 4 * i;
        result[i] = row[0] * x + row[1] * y + row[2] * z + row[3];
    }
    return {result[0], result[1], result[2]};
}

// What bounding boxes are made of: pixel u, v, depth, and 0 for a corner whose numbers are finite, else not a number.
Floats4 place_of(const Corner& c) {
    const double inverse = 1 / c.z;
    return Floats4{static_cast<float>(c.x * inverse), static_cast<float>(c.y * inverse), static_cast<float>(c.z),
                   static_cast<float>((c.x + c.y + c.z) * 0)};
}

// The pixels that the triangle may cover, and perhaps some more: places are rounded.
Box bounding_box(Floats4 a, Floats4 b, Floats4 c, const Picture& picture) {
    Floats4 low = a < b ? a : b, high = a > b ? a : b;
    low = low < c ? low : c, high = high > c ? high : c;
    const float near = static_cast<float>(picture.near);
    if (!(high[2] >= near) || (a + b + c)[3] != 0) return {0, 0, 0, 0};
    if (!(low[2] > near)) return {0, 0, picture.width, picture.height};
    // Columns and rows from ceil(low - 0.5) to floor(high - 0.5), which is -ceil(0.5 - high).
    const float width = picture.width, height = picture.height;
    Floats4 bounds = Floats4{low[0], low[1], -high[0], -high[1]} + Floats4{-0.5f, -0.5f, 0.5f, 0.5f} - SLACK;
    const Floats4 least = {0, 0, 1 - width, 1 - height}, most = {width, height, 1, 1};
    bounds = bounds > least ? bounds : least;
    bounds = bounds < most ? bounds : most;
    Ints4 whole = __builtin_convertvector(bounds, Ints4);  // rounds towards zero
    whole -= bounds > __builtin_convertvector(whole, Floats4);
    return {whole[0], whole[1], 1 - whole[2], whole[0] < 1 - whole[2] ? 1 - whole[3] : whole[1]};
}

// The edge function of the line from p to q: positive on its inner side, once it was turned to be.
struct Edge {
    double a, b, c;

    Edge(const Corner& p, const Corner& q)
        : a(p.y * q.z - p.z * q.y), b(p.z * q.x - p.x * q.z), c(p.x * q.y - p.y * q.x) {}

    double at(const Corner& corner) const { return corner.x * a + corner.y * b + corner.z * c; }
    double at(double u, double v) const { return a * u + (b * v + c); }
    void turn(double sign) { a *= sign, b *= sign, c *= sign; }
};

struct Triangle {
    Edge opposite[3];
    double determinant, nearest, farthest;

    Triangle(const Corner& p, const Corner& q, const Corner& r)
        : opposite{{q, r}, {r, p}, {p, q}},
          determinant(opposite[0].at(p)),
          nearest(std::min(std::min(p.z, q.z), r.z)),
          farthest(std::max(std::max(p.z, q.z), r.z)) {
        const double sign = determinant < 0 ? -1. : 1.;
        for (Edge& edge : opposite) edge.turn(sign);
        determinant *= sign;
    }
};

INLINE uint32_t lanes_of(Longs mask) {
#if defined(__AVX512F__) && !defined(RECON3D_LANES)
    return _mm512_movepi64_mask((__m512i)mask);
#elif defined(__AVX2__) && !defined(RECON3D_LANES)
    return _mm256_movemask_pd((__m256d)mask);
#else
    uint32_t bits = 0;
    for (int i = 0; i < WIDE; i++) bits |= static_cast<uint32_t>(mask[i] < 0) << i;
    return bits;
#endif
}

// Which pixels of the block that begins at (left, top) the triangle covers: bit BLOCK * row + column. Looked at first,
// without a branch in between, since no processor can guess which of a few pixels a small triangle covers.
uint64_t covered_in(const Triangle& triangle, int left, int top, int columns, int rows) {
    Doubles steps;
    for (int i = 0; i < WIDE; i++) steps[i] = i + 0.5;
    const Edge &e = triangle.opposite[0], &f = triangle.opposite[1], &g = triangle.opposite[2];
    uint64_t covered = 0;
    for (int column = 0; column < columns; column += WIDE) {
        const Doubles u = steps + static_cast<double>(left + column);
        const Doubles e_column = e.a * u, f_column = f.a * u, g_column = g.a * u;
        for (int row = 0; row < rows; row++) {
            const double v = top + row + 0.5;
            const Doubles at_p = e_column + (e.b * v + e.c), at_q = f_column + (f.b * v + f.c),
                          at_r = g_column + (g.b * v + g.c);
            const Longs inside = (at_p >= 0.) & (at_q >= 0.) & (at_r >= 0.) & (at_p + at_q + at_r > 0.);
            covered |= static_cast<uint64_t>(lanes_of(inside)) << (BLOCK * row + column);
        }
    }
    return covered & (0x0101010101010101u * ((1u << columns) - 1));
}

// The triangle at the centre of a pixel, unless something nearer is there. Faces come in their order, so of those at one
// depth the first one stays.
INLINE void draw_pixel(const Triangle& triangle, int face, int x, int y, const Picture& picture) {
    const double u = x + 0.5, v = y + 0.5;
    const double p = triangle.opposite[0].at(u, v), q = triangle.opposite[1].at(u, v), r = triangle.opposite[2].at(u, v);
    const double share = 1. / (p + q + r);
    const double depth = std::min(std::max(triangle.determinant * share, triangle.nearest), triangle.farthest);
    const int64_t pixel = static_cast<int64_t>(y) * picture.width + x;
    const float rounded = static_cast<float>(depth);
    if (!(depth >= picture.near) || !(rounded < picture.depth[pixel])) return;
    picture.depth[pixel] = rounded;
    picture.faces[pixel] = face;
    float* weights = picture.weights + 3 * pixel;
    weights[0] = p * share, weights[1] = q * share, weights[2] = r * share;
}

void draw(const Triangle& triangle, int face, const Box& box, const Picture& picture) {
    for (int top = box.top; top < box.bottom; top += BLOCK)
        for (int left = box.left; left < box.right; left += BLOCK) {
            const int columns = std::min(BLOCK, box.right - left), rows = std::min(BLOCK, box.bottom - top);
            for (uint64_t rest = covered_in(triangle, left, top, columns, rows); rest; rest &= rest - 1) {
                const int bit = __builtin_ctzll(rest);
                draw_pixel(triangle, face, left + bit % BLOCK, top + bit / BLOCK, picture);
            }
        }
}

}  // namespace

// vertices count x 3, faces face_count x 3, pixels_from_world 3 x 4; writes faces height x width, weights height x
// width x 3 and depth height x width. Returns 1 where memory ran out, 2 for a face with a corner that does not exist.
EXPORT int recon3d_rasterise(int vertex_count, const float* vertices, int face_count, const int32_t* faces,
                             const double* pixels_from_world, int width, int height, double near, int32_t* shown,
                             float* weights, float* depth) try {
    const Picture picture = {width, height, near, shown, weights, depth};
    uint32_t highest = 0;
    for (int64_t i = 0; i < 3 * static_cast<int64_t>(face_count); i++)
        highest = std::max(highest, static_cast<uint32_t>(faces[i]));
    if (face_count > 0 && highest >= static_cast<uint32_t>(vertex_count)) return 2;

    const auto corners = uninitialised<Corner>(vertex_count);
    const auto places = uninitialised<Floats4>(vertex_count);
    threads::for_each_stretch(vertex_count, VERTICES_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            corners[i] = transformed(pixels_from_world, vertices + 3 * i);
            places[i] = place_of(corners[i]);
        }
    });
    const auto boxes = uninitialised<Box>(face_count);
    threads::for_each_stretch(face_count, FACES_AT_ONCE, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; i++) {
            const int32_t* face = faces + 3 * i;
            boxes[i] = bounding_box(places[face[0]], places[face[1]], places[face[2]], picture);
        }
    });

    const int bands = threads::count() > 1 ? threads::count() * BANDS_PER_THREAD : 1;
    const int rows = std::max(LEAST_ROWS, (height + bands - 1) / bands);
    threads::for_each_stretch(height, rows, [&](int64_t top, int64_t bottom) {
        std::fill(shown + top * width, shown + bottom * width, -1);
        std::fill(weights + 3 * top * width, weights + 3 * bottom * width, 0.f);
        std::fill(depth + top * width, depth + bottom * width, NOTHING);
        for (int i = 0; i < face_count; i++) {
            Box box = boxes[i];
            box.top = std::max<int>(box.top, top), box.bottom = std::min<int>(box.bottom, bottom);
            if (box.top >= box.bottom) continue;
            const int32_t* face = faces + 3 * static_cast<int64_t>(i);
            draw({corners[face[0]], corners[face[1]], corners[face[2]]}, i, box, picture);
        }
        for (int64_t i = top * width; i < bottom * width; i++)
            if (shown[i] < 0) depth[i] = 0.f;
    });
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}
