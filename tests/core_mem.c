/* core_mem.c - sim/core/mem.h. */
#include "sim/core/mem.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A request that the system refuses is what is tested: the sanitiser must pass the refusal on. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static bool is_zero(const void *block, size_t size)
{
    const unsigned char *bytes = block;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

START_TEST(blocks_are_zeroed)
{
    for (size_t size = 1; size < 5000; size = size * 3 / 2 + 1) {
        void *block = sim_alloc(size);

        ck_assert(is_zero(block, size));
        memset(block, 0xff, size);
        block = sim_resize(block, size, 3 * size);
        ck_assert(!is_zero(block, size));
        ck_assert(is_zero((char *)block + size, 2 * size));
        block = sim_resize(block, 3 * size, 1);
        ck_assert(!is_zero(block, 1));
        sim_free(block);
    }
}
END_TEST

START_TEST(nothing_is_something)
{
    void *a = sim_alloc(0), *b = sim_alloc(0), *c = sim_alloc_array(0, 8),
         *d = sim_alloc_array(8, 0);

    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(c);
    ck_assert_ptr_nonnull(d);
    ck_assert_ptr_ne(a, b);
    a = sim_resize(a, 0, 0);
    ck_assert_ptr_nonnull(a);
    sim_free(a);
    a = sim_resize(NULL, 0, 16);
    ck_assert(is_zero(a, 16));
    sim_free(a);
    sim_free(b);
    sim_free(c);
    sim_free(d);
    sim_free(NULL);
}
END_TEST

START_TEST(texts)
{
    char *copy = sim_copy_text("orrery"), *empty = sim_copy_text("");
    char *text = sim_format("%s: %d of %zu", copy, -7, (size_t)12), *nothing = sim_format("%s", "");
    char *wide = sim_format("%5000d", 1);

    ck_assert_str_eq(copy, "orrery");
    ck_assert_str_eq(empty, "");
    ck_assert_str_eq(text, "orrery: -7 of 12");
    ck_assert_str_eq(nothing, "");
    ck_assert_uint_eq(strlen(wide), 5000);
    sim_free(copy);
    sim_free(empty);
    sim_free(text);
    sim_free(nothing);
    sim_free(wide);
}
END_TEST

START_TEST(growing_keeps_what_is_there)
{
    int *numbers = NULL;
    size_t capacity = 0, grown = 0;

    for (size_t count = 1; count <= 10000; count++) {
        size_t before = capacity;

        numbers = sim_grow(numbers, &capacity, count, sizeof *numbers);
        ck_assert_uint_ge(capacity, count);
        grown += capacity != before;
        ck_assert_int_eq(numbers[count - 1], 0);
        numbers[count - 1] = (int)count;
    }
    ck_assert_uint_le(grown, 13); /* by doubling */
    for (size_t i = 0; i < 10000; i++)
        ck_assert_int_eq(numbers[i], (int)i + 1);
    numbers = sim_grow(numbers, &capacity, 0, sizeof *numbers);
    ck_assert_int_eq(numbers[9999], 10000);
    sim_free(numbers);
}
END_TEST

START_TEST(growing_at_once)
{
    size_t capacity = 0;
    char *text = sim_grow(NULL, &capacity, 1000, 1);

    ck_assert_uint_ge(capacity, 1000);
    ck_assert(is_zero(text, capacity));
    sim_free(text);
}
END_TEST

static void exhaust(int way)
{
    size_t capacity = 8;
    void *block = sim_alloc(64);

    switch (way) {
    case 0:
        sim_alloc(SIZE_MAX / 2);
        break;
    case 1:
        sim_alloc_array(SIZE_MAX / 2, 3);
        break;
    case 2:
        sim_alloc_array(SIZE_MAX, SIZE_MAX);
        break;
    case 3:
        sim_resize(block, 64, SIZE_MAX / 2);
        break;
    case 4:
        sim_grow(block, &capacity, SIZE_MAX, 8);
        break;
    case 5:
        sim_grow(block, &capacity, SIZE_MAX / 4, 8); /* the number fits, its bytes do not */
        break;
    case 6:
        sim_arena_alloc(sim_arena_create(), SIZE_MAX - 8);
        break;
    default:
        break;
    }
    sim_free(block);
}
enum { WAYS = 7 };

/* One line, and the exit code of an internal error. */
START_TEST(exhaustion_ends_the_program)
{
    char text[200] = "";
    int ends[2], status = 0;
    size_t used = 0;
    pid_t child;

    ck_assert_int_eq(pipe(ends), 0);
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        exhaust(_i);
        _exit(0);
    }
    close(ends[1]);
    for (;;) {
        ssize_t got = read(ends[0], text + used, sizeof text - 1 - used);

        if (got <= 0)
            break;
        used += (size_t)got;
    }
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 4);
    ck_assert_ptr_nonnull(strstr(text, "orrery: out of memory\n"));
}
END_TEST

START_TEST(arena_blocks_are_zeroed_and_aligned)
{
    struct sim_arena *arena = sim_arena_create();

    for (int life = 0; life < 3; life++) {
        for (size_t size = 0; size < 70000; size = size * 5 / 4 + 1) {
            char *block = sim_arena_alloc(arena, size);

            ck_assert(is_zero(block, size));
            ck_assert_uint_eq((uintptr_t)block % 16, 0);
            memset(block, 0xff, size);
            if (size % 2 == 0)
                sim_arena_free(arena, block, size);
        }
        sim_arena_reset(arena);
    }
    sim_arena_destroy(arena);
}
END_TEST

/* Every byte of every live block is its own, through a long mixture of requests and returns. */
START_TEST(arena_blocks_do_not_overlap)
{
    enum { BLOCKS = 500, STEPS = 50000 };
    struct sim_arena *arena = sim_arena_create();
    struct {
        unsigned char *bytes;
        size_t size;
    } blocks[BLOCKS] = { { NULL, 0 } };
    uint64_t word = 1;
    int wrong = 0;

    for (int step = 0; step < STEPS; step++) {
        size_t at;

        word = word * UINT64_C(6364136223846793005) + 1442695040888963407u;
        at = word >> 33 & 0xffff;
        at %= BLOCKS;
        if (blocks[at].bytes != NULL) {
            for (size_t i = 0; i < blocks[at].size; i++)
                wrong += blocks[at].bytes[i] != (unsigned char)at;
            sim_arena_free(arena, blocks[at].bytes, blocks[at].size);
            blocks[at].bytes = NULL;
            continue;
        }
        blocks[at].size = (word >> 50 & 0x3ff) >> (word >> 40) % 8;
        if (step % 100 == 0)
            blocks[at].size *= 60; /* beyond the size classes, too */
        blocks[at].bytes = sim_arena_alloc(arena, blocks[at].size);
        wrong += !is_zero(blocks[at].bytes, blocks[at].size);
        memset(blocks[at].bytes, (int)(unsigned char)at, blocks[at].size);
    }
    ck_assert_int_eq(wrong, 0);
    sim_arena_destroy(arena);
}
END_TEST

/* What is freed is what the next request of the class gets: a steady state takes nothing from the
 * system. */
START_TEST(arena_reuses_by_class)
{
    static const size_t sizes[] = { 0, 1, 16, 17, 64, 65, 96, 97, 128, 129, 1000, 32768 };
    struct sim_arena *arena = sim_arena_create();
    size_t bytes;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *first = sim_arena_alloc(arena, sizes[i]);

        sim_arena_free(arena, first, sizes[i]);
        ck_assert_ptr_eq(sim_arena_alloc(arena, sizes[i]), first);
        ck_assert_ptr_ne(sim_arena_alloc(arena, sizes[i]), first);
    }
    ck_assert_ptr_ne(sim_arena_alloc(arena, 80), NULL);
    bytes = sim_arena_bytes(arena);
    for (int i = 0; i < 10000; i++) {
        void *a = sim_arena_alloc(arena, 90), *b = sim_arena_alloc(arena, 81);

        sim_arena_free(arena, a, 90);
        sim_arena_free(arena, b, 81);
        if (i == 0)
            bytes = sim_arena_bytes(arena);
    }
    ck_assert_uint_eq(sim_arena_bytes(arena), bytes);
    sim_arena_free(arena, NULL, 10);
    sim_arena_destroy(arena);
    sim_arena_destroy(NULL);
}
END_TEST

START_TEST(arena_returns_large_blocks)
{
    struct sim_arena *arena = sim_arena_create();
    size_t before = sim_arena_bytes(arena);
    void *a = sim_arena_alloc(arena, 32769), *b = sim_arena_alloc(arena, 100000),
         *c = sim_arena_alloc(arena, 1 << 20);

    ck_assert_uint_gt(sim_arena_bytes(arena), before + 32769 + 100000 + (1 << 20));
    sim_arena_free(arena, b, 100000); /* from the middle, the ends, and the last */
    sim_arena_free(arena, c, 1 << 20);
    sim_arena_free(arena, a, 32769);
    ck_assert_uint_eq(sim_arena_bytes(arena), before);
    sim_arena_alloc(arena, 50000);
    sim_arena_alloc(arena, 60000);
    sim_arena_reset(arena);
    ck_assert_uint_eq(sim_arena_bytes(arena), before);
    sim_arena_destroy(arena);
}
END_TEST

/* A node that crashes and restarts for ever does not grow. */
START_TEST(arena_reset_keeps_little)
{
    struct sim_arena *arena = sim_arena_create();
    size_t most = 0;

    for (int life = 0; life < 100; life++) {
        for (int i = 0; i < 1000; i++) {
            void *block = sim_arena_alloc(arena, 200);

            memset(block, 0xff, 200);
            if (i % 3 == 0)
                sim_arena_free(arena, block, 200);
        }
        if (life == 0)
            most = sim_arena_bytes(arena);
        ck_assert_uint_le(sim_arena_bytes(arena), most + 65536);
        sim_arena_reset(arena);
        ck_assert_uint_le(sim_arena_bytes(arena), 65536 + 256);
    }
    sim_arena_destroy(arena);
}
END_TEST

/* A million nodes fit in 1 GiB: an arena with little in it must be small. */
START_TEST(arena_begins_small)
{
    struct sim_arena *arena = sim_arena_create();

    ck_assert_uint_le(sim_arena_bytes(arena), 64);
    sim_arena_alloc(arena, 64);
    sim_arena_alloc(arena, 100);
    ck_assert_uint_le(sim_arena_bytes(arena), 64 + 256);
    sim_arena_destroy(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/mem");
    TCase *blocks = tcase_create("blocks"), *arenas = tcase_create("arenas");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(blocks, 60);
    tcase_add_test(blocks, blocks_are_zeroed);
    tcase_add_test(blocks, nothing_is_something);
    tcase_add_test(blocks, texts);
    tcase_add_test(blocks, growing_keeps_what_is_there);
    tcase_add_test(blocks, growing_at_once);
    tcase_add_loop_test(blocks, exhaustion_ends_the_program, 0, WAYS);
    suite_add_tcase(suite, blocks);
    tcase_set_timeout(arenas, 60);
    tcase_add_test(arenas, arena_blocks_are_zeroed_and_aligned);
    tcase_add_test(arenas, arena_blocks_do_not_overlap);
    tcase_add_test(arenas, arena_reuses_by_class);
    tcase_add_test(arenas, arena_returns_large_blocks);
    tcase_add_test(arenas, arena_reset_keeps_little);
    tcase_add_test(arenas, arena_begins_small);
    suite_add_tcase(suite, arenas);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
