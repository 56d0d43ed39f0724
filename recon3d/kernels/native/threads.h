// A small thread pool: workers sleep when there is nothing to do, so a waiting pool costs no CPU time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>

namespace threads {

// How many threads, the caller included, share the work from now on.
void set_count(int count);
int count();

// Calls body(i) once for every i in [0, items), in any order and on any thread; returns when all are done.
// Results must therefore not depend on the order: that is what makes them the same for every thread count.
void for_each(int items, const std::function<void(int)>& body);

// The same for stretches of at most `length` items: body(begin, end) covers [0, items) without gaps.
template <class Body>
void for_each_stretch(int64_t items, int64_t length, Body&& body) {
    for_each(static_cast<int>((items + length - 1) / length), [&](int stretch) {
        body(stretch * length, std::min(items, (stretch + 1) * length));
    });
}

}  // namespace threads
