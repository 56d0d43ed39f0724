// A small thread pool: workers sleep when there is nothing to do, so a waiting pool costs no CPU time.
#pragma once
#include <functional>

namespace threads {

// How many threads, the caller included, share the work from now on.
void set_count(int count);
int count();

// Calls body(i) once for every i in [0, items), in any order and on any thread; returns when all are done.
// Results must therefore not depend on the order: that is what makes them the same for every thread count.
void for_each(int items, const std::function<void(int)>& body);

}  // namespace threads
