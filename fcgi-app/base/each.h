/* each.h - apply a two-argument macro to every item of a list: up to 64 items. */
#ifndef BASE_EACH_H
#define BASE_EACH_H

/* The last step has an empty list of further items, as C23 allows. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments"
#endif

#define EACH_BARE(...) __VA_ARGS__

#define EACH_EVAL(...)  EACH_EVAL3(EACH_EVAL3(EACH_EVAL3(__VA_ARGS__)))
#define EACH_EVAL3(...) EACH_EVAL2(EACH_EVAL2(EACH_EVAL2(__VA_ARGS__)))
#define EACH_EVAL2(...) EACH_EVAL1(EACH_EVAL1(EACH_EVAL1(__VA_ARGS__)))
#define EACH_EVAL1(...) EACH_EVAL0(EACH_EVAL0(EACH_EVAL0(__VA_ARGS__)))
#define EACH_EVAL0(...) __VA_ARGS__

/* EACH(m, t, a, b) becomes m(t, a), m(t, b) */
#define EACH(m, t, ...) __VA_OPT__(EACH_EVAL(EACH_STEP(m, t, __VA_ARGS__)))
#define EACH_STEP(m, t, x, ...)                                                        \
	m(t, x) __VA_OPT__(, EACH_AGAIN EACH_PARENS(m, t, __VA_ARGS__))
#define EACH_PARENS  ()
#define EACH_AGAIN() EACH_STEP

#endif
