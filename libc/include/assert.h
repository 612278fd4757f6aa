// SPDX-License-Identifier: ISC
// No guard: assert follows NDEBUG at each inclusion.
#undef assert
#ifdef NDEBUG
#define assert(cond) ((void)0)
#else
#define assert(cond) ((cond) ? (void)0 : __assert_fail(#cond, __FILE__, __LINE__, __func__))
#endif
#ifndef static_assert
#define static_assert _Static_assert
#endif

_Noreturn void __assert_fail(const char *cond, const char *file, unsigned line, const char *func);
