// SPDX-License-Identifier: ISC
// qsort: stable merge sort where memory can be had, heap sort where not. bsearch.
//
// Stable, because programs that were written on Linux lean on it (glibc's is a merge sort too).
// Large elements are sorted through the same element moves; all sizes are copied with memcpy.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int (*compare_arg)(const void *, const void *, void *);

struct sort {
    size_t size;
    compare_arg compare;
    void *arg;
    char *scratch;
};

static void insertion_sort(const struct sort *sort, char *array, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        char *item = array + i * sort->size, *to = item;
        while (to > array && sort->compare(to - sort->size, item, sort->arg) > 0)
            to -= sort->size;
        if (to == item)
            continue;
        memcpy(sort->scratch, item, sort->size);
        memmove(to + sort->size, to, (size_t)(item - to));
        memcpy(to, sort->scratch, sort->size);
    }
}

// Both halves sorted, then merged from a copy of the first half; the second is taken in place.
static void merge_sort(const struct sort *sort, char *array, size_t count)
{
    if (count <= 8) {
        insertion_sort(sort, array, count);
        return;
    }
    size_t size = sort->size, half = count / 2;
    char *middle = array + half * size, *end = array + count * size;
    merge_sort(sort, array, half);
    merge_sort(sort, middle, count - half);
    if (sort->compare(middle - size, middle, sort->arg) <= 0)
        return;
    memcpy(sort->scratch, array, half * size);
    const char *left = sort->scratch, *left_end = left + half * size;
    for (char *right = middle; left < left_end; array += size) {
        if (right < end && sort->compare(left, right, sort->arg) > 0) {
            memcpy(array, right, size);
            right += size;
        } else {
            memcpy(array, left, size);
            left += size;
        }
    }
}

static void swap(char *a, char *b, size_t size)
{
    for (; size > 0; a++, b++, size--) {
        char c = *a;
        *a = *b;
        *b = c;
    }
}

static void sift_down(const struct sort *sort, char *array, size_t root, size_t count)
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        char *at = array + child * sort->size;
        if (child + 1 < count && sort->compare(at, at + sort->size, sort->arg) < 0) {
            child++;
            at += sort->size;
        }
        if (sort->compare(array + root * sort->size, at, sort->arg) >= 0)
            return;
        swap(array + root * sort->size, at, sort->size);
    }
}

static void heap_sort(const struct sort *sort, char *array, size_t count)
{
    for (size_t root = count / 2; root-- > 0;)
        sift_down(sort, array, root, count);
    for (size_t last = count; last-- > 1;) {
        swap(array, array + last * sort->size, sort->size);
        sift_down(sort, array, 0, last);
    }
}

void qsort_r(void *array, size_t count, size_t size, compare_arg compare, void *arg)
{
    char small[1024];
    struct sort sort = {size, compare, arg, small};
    size_t need;
    if (count < 2 || size == 0)
        return;
    if (__builtin_mul_overflow(count / 2 + 1, size, &need))
        need = SIZE_MAX;
    if (need > sizeof(small))
        sort.scratch = malloc(need);
    if (sort.scratch == NULL)
        heap_sort(&sort, array, count);
    else
        merge_sort(&sort, array, count);
    if (sort.scratch != small)
        free(sort.scratch);
}

static int compare_plain(const void *a, const void *b, void *compare)
{
    return ((int (*)(const void *, const void *))compare)(a, b);
}

void qsort(void *array, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    qsort_r(array, count, size, compare_plain, (void *)compare);
}

void *bsearch(const void *key, const void *array, size_t count, size_t size,
              int (*compare)(const void *, const void *))
{
    const char *base = array;
    while (count > 0) {
        const char *middle = base + count / 2 * size;
        int order = compare(key, middle);
        if (order == 0)
            return (void *)middle;
        if (order > 0) {
            base = middle + size;
            count -= count / 2 + 1;
        } else {
            count /= 2;
        }
    }
    return NULL;
}
