/* tools_pool.c - worker processes: every task is answered or died of, whoever dies on the way. */
#define _DEFAULT_SOURCE
#include "tools/orrery/bytes.c"
#include "tools/orrery/pool.c"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { MS_MAX = 60000, BIG = 300000 };

/* What the tasks of a test did, as the parent saw it. */
struct seen {
    unsigned answers[200], deaths[200];
    uint64_t sums[200];
    char death[512];
};

static void hear_all(struct pool *pool, uint64_t tasks, struct seen *seen)
{
    struct pool_event event;

    for (uint64_t next = 0; next < tasks || pool_under_way(pool) > 0;) {
        while (next < tasks && pool_has_room(pool))
            pool_give(pool, next++);
        pool_next(pool, MS_MAX, &event);
        ck_assert_int_ne(event.news, POOL_BROKEN);
        if (event.news == POOL_NOTHING) /* yet: a part of an answer */
            continue;
        ck_assert_uint_lt(event.task, tasks);
        if (event.news == POOL_DEATH) {
            seen->deaths[event.task]++;
            snprintf(seen->death, sizeof(seen->death), "%s", event.death);
            continue;
        }
        seen->answers[event.task]++;
        while (event.answer.left > 0)
            seen->sums[event.task] += bytes_number(&event.answer);
        ck_assert(!event.answer.wrong);
    }
}

static void square(void *context, uint64_t task, struct bytes *answer)
{
    (void)context;
    bytes_put_number(answer, task * task);
}

START_TEST(test_every_task_is_answered_once)
{
    const struct pool_work work = { square, NULL };
    unsigned workers = (unsigned)_i;
    struct pool *pool = pool_create(workers, &work);
    struct seen seen = { 0 };

    hear_all(pool, 150, &seen);
    pool_destroy(pool);
    for (uint64_t i = 0; i < 150; i++) {
        ck_assert_uint_eq(seen.answers[i], 1);
        ck_assert_uint_eq(seen.sums[i], i * i);
    }
}
END_TEST

/* -- deaths ------------------------------------------------------------------------------------ */

static void die_of_an_assertion(uint64_t task)
{
    assert(task == 1000);
}

static void die_of_a_status(uint64_t task)
{
    (void)task;
    _exit(3);
}

static void die_of_a_kill(uint64_t task)
{
    (void)task;
    raise(SIGKILL);
}

static void die_of_a_fault(uint64_t task)
{
    (void)task;
    raise(SIGFPE);
}

static const struct {
    void (*die)(uint64_t task);
    const char *words;
} ways[] = {
    { die_of_an_assertion, "Assertion" },
    { die_of_a_status, "ended with status 3" },
    { die_of_a_kill, "killed by SIGKILL" },
    { die_of_a_fault, "killed by SIGFPE" },
};

static void square_or_die(void *context, uint64_t task, struct bytes *answer)
{
    const int *way = context;

    signal(SIGFPE, SIG_DFL); /* sanitizers would tell it their way */
    if (task % 7 == 3)
        ways[*way].die(task);
    square(NULL, task, answer);
}

START_TEST(test_a_death_is_one_task_s)
{
    const struct pool_work work = { square_or_die, &_i };
    struct pool *pool = pool_create(2, &work);
    struct seen seen = { 0 };

    hear_all(pool, 40, &seen);
    pool_destroy(pool);
    for (uint64_t i = 0; i < 40; i++) {
        ck_assert_uint_eq(seen.deaths[i], i % 7 == 3);
        ck_assert_uint_eq(seen.answers[i], i % 7 != 3);
    }
    ck_assert_ptr_nonnull(strstr(seen.death, ways[_i].words));
    if (_i == 0) { /* where and what, and nothing of this build */
        ck_assert_int_eq(strncmp(seen.death, "tests/tools_pool.c:", 19), 0);
        ck_assert_ptr_nonnull(strstr(seen.death, "die_of_an_assertion"));
    }
}
END_TEST

/* Killed at the first time that it comes to task 5. */
static void square_or_be_killed_once(void *context, uint64_t task, struct bytes *answer)
{
    volatile int *killed = context;

    if (task == 5 && *killed == 0) {
        *killed = 1;
        raise(SIGKILL);
    }
    square(NULL, task, answer);
}

START_TEST(test_who_was_killed_tries_again)
{
    int *killed =
        mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const struct pool_work work = { square_or_be_killed_once, killed };
    struct pool *pool = pool_create(2, &work);
    struct seen seen = { 0 };

    hear_all(pool, 10, &seen);
    pool_destroy(pool);
    ck_assert_int_eq(*killed, 1);
    for (uint64_t i = 0; i < 10; i++) {
        ck_assert_uint_eq(seen.deaths[i], 0);
        ck_assert_uint_eq(seen.answers[i], 1);
    }
    munmap(killed, sizeof(int));
}
END_TEST

/* -- the rest ---------------------------------------------------------------------------------- */

static void say_much(void *context, uint64_t task, struct bytes *answer)
{
    (void)context;
    for (uint64_t i = 0; i < BIG; i++)
        bytes_put_number(answer, task);
}

START_TEST(test_answers_may_be_larger_than_a_pipe)
{
    const struct pool_work work = { say_much, NULL };
    struct pool *pool = pool_create(2, &work);
    struct seen seen = { 0 };

    hear_all(pool, 6, &seen);
    pool_destroy(pool);
    for (uint64_t i = 0; i < 6; i++)
        ck_assert_uint_eq(seen.sums[i], i * BIG);
}
END_TEST

START_TEST(test_no_worker_is_told)
{
    const struct pool_work work = { square, NULL };
    struct rlimit before, few;
    struct pool_event event;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){ 4, before.rlim_max };
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    struct pool *pool = pool_create(2, &work);
    pool_next(pool, 0, &event);
    ck_assert_int_eq(event.news, POOL_BROKEN);
    ck_assert_int_eq(strncmp(event.death, "cannot start a worker: ", 23), 0);
    pool_destroy(pool);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}
END_TEST

static void wait_for_ever(void *context, uint64_t task, struct bytes *answer)
{
    (void)context;
    (void)task;
    (void)answer;
    for (;;)
        pause();
}

START_TEST(test_what_is_under_way_can_be_left)
{
    const struct pool_work work = { wait_for_ever, NULL };
    struct pool *pool = pool_create(2, &work);
    struct pool_event event;

    pool_give(pool, 1);
    pool_give(pool, 2);
    pool_next(pool, 10, &event);
    ck_assert_int_eq(event.news, POOL_NOTHING);
    ck_assert_uint_eq(pool_under_way(pool), 2);
    pool_destroy(pool);
    ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* nobody is left */
}
END_TEST

START_TEST(test_bytes_are_not_read_past_their_end)
{
    struct bytes bytes = { 0 };

    bytes_put_text(&bytes, NULL);
    bytes_put_text(&bytes, "");
    bytes_put_text(&bytes, "two words");
    struct bytes_reader whole = { bytes.data, bytes.used, false };
    ck_assert_ptr_null(bytes_text(&whole));
    ck_assert_str_eq(bytes_text(&whole), "");
    ck_assert_str_eq(bytes_text(&whole), "two words");
    ck_assert(!whole.wrong);
    ck_assert_uint_eq(bytes_number(&whole), 0);
    ck_assert(whole.wrong);
    struct bytes_reader cut = { bytes.data + 17, bytes.used - 18, false };
    ck_assert_ptr_null(bytes_text(&cut));
    ck_assert(cut.wrong);
    struct bytes_reader unended = { bytes.data + 17, bytes.used - 17, false };
    bytes.data[bytes.used - 1] = 'x';
    ck_assert_ptr_null(bytes_text(&unended));
    ck_assert(unended.wrong);
    bytes_finish(&bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools_pool");
    TCase *all = tcase_create("all");
    SRunner *runner;

    tcase_set_timeout(all, 30);
    tcase_add_loop_test(all, test_every_task_is_answered_once, 1, 5);
    tcase_add_loop_test(all, test_a_death_is_one_task_s, 0, (int)(sizeof(ways) / sizeof(*ways)));
    tcase_add_test(all, test_who_was_killed_tries_again);
    tcase_add_test(all, test_answers_may_be_larger_than_a_pipe);
    tcase_add_test(all, test_no_worker_is_told);
    tcase_add_test(all, test_what_is_under_way_can_be_left);
    tcase_add_test(all, test_bytes_are_not_read_past_their_end);
    suite_add_tcase(suite, all);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
