#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/pool.h"
#include "sim/core/mem.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TASKS = 2, CHUNK = 65536, WORDS_MAX = 16384 };

struct worker {
    pid_t pid;    /* 0: none */
    int to, from; /* this end of its pipes */
    FILE *words;  /* what it says on stderr */
    uint64_t tasks[TASKS];
    size_t task_count;
    bool again;      /* the first task killed a worker before */
    struct bytes in; /* answers that are not whole yet; those before `taken` are done with */
    size_t taken;
};

struct pool {
    struct pool_work work;
    struct worker *workers;
    size_t count, asked; /* ASKED: the worker that is looked at first, so that all have a turn */
    struct sigaction pipe_before;
    char death[512];  /* of the last worker that died */
    char broken[128]; /* why no worker can be started, or nothing */
};

/* -- the worker's side ------------------------------------------------------------------------- */

static bool write_all(int file, const char *data, size_t count)
{
    while (count > 0) {
        ssize_t n = write(file, data, count);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        count -= (size_t)n;
    }
    return true;
}

/* Ends the process: whatever else the parent had open or was about to print is not ours. */
static void serve(const struct pool_work *work, int in, int out)
{
    struct bytes answer = { 0 };
    uint64_t task, length;

    for (;;) {
        ssize_t n = read(in, &task, sizeof(task)); /* written at once, so it comes whole */

        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof(task))
            break;
        answer.used = 0;
        bytes_put_number(&answer, 0);
        work->run(work->context, task, &answer);
        length = answer.used - sizeof(length);
        memcpy(answer.data, &length, sizeof(length));
        if (!write_all(out, answer.data, answer.used))
            break;
    }
    _exit(0);
}

static void become_worker(struct pool *pool, const struct worker *self, const int to[2],
                          const int from[2])
{
    static const struct rlimit no_core = { 0, 0 };

    for (size_t i = 0; i < pool->count; i++) {
        if (pool->workers[i].pid > 0) { /* else its siblings would not see their parent's death */
            close(pool->workers[i].to);
            close(pool->workers[i].from);
        }
    }
    close(to[1]);
    close(from[0]);
    dup2(fileno(self->words), STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &no_core);
    sigaction(SIGPIPE, &pool->pipe_before, NULL);
    serve(&pool->work, to[0], from[1]);
}

/* -- the parent's side ------------------------------------------------------------------------- */

static void send_task(const struct worker *worker, uint64_t task)
{
    /* who cannot be written to is dead, which reading finds */
    (void)write_all(worker->to, (const char *)&task, sizeof(task));
}

/* Starts a process for WORKER, with the tasks that it holds. */
static bool start(struct pool *pool, struct worker *worker)
{
    int to[2] = { -1, -1 }, from[2] = { -1, -1 };

    fflush(NULL); /* else the child has what waits, too */
    worker->words = tmpfile();
    if (worker->words && pipe(to) == 0 && pipe(from) == 0 && (worker->pid = fork()) >= 0) {
        if (worker->pid == 0)
            become_worker(pool, worker, to, from);
        close(to[0]);
        close(from[1]);
        worker->to = to[1];
        worker->from = from[0];
        for (size_t i = 0; i < worker->task_count; i++)
            send_task(worker, worker->tasks[i]);
        return true;
    }
    snprintf(pool->broken, sizeof(pool->broken), "cannot start a worker: %s", strerror(errno));
    worker->pid = 0;
    for (int i = 0; i < 2; i++) {
        if (to[i] >= 0)
            close(to[i]);
        if (from[i] >= 0)
            close(from[i]);
    }
    if (worker->words)
        fclose(worker->words);
    return false;
}

struct pool *pool_create(unsigned workers, const struct pool_work *work)
{
    struct pool *pool = sim_alloc(sizeof(*pool));
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    assert(workers > 0);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &pool->pipe_before);
    pool->work = *work;
    pool->workers = sim_alloc_array(workers, sizeof(*pool->workers));
    while (pool->count < workers && start(pool, &pool->workers[pool->count]))
        pool->count++;
    return pool;
}

/* Ends what is left of WORKER; returns its status as waitpid has it. */
static int reap(struct worker *worker)
{
    int status = 0;

    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(worker->to);
    close(worker->from);
    worker->pid = 0;
    worker->in.used = worker->taken = 0;
    return status;
}

/* What a worker that did not die said is meant for the user. */
static void pass_words_on(FILE *words)
{
    char chunk[4096];
    size_t n;

    rewind(words);
    while ((n = fread(chunk, 1, sizeof(chunk), words)) > 0)
        fwrite(chunk, 1, n, stderr);
}

void pool_destroy(struct pool *pool)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->pid > 0) {
            kill(worker->pid, SIGKILL);
            reap(worker);
            pass_words_on(worker->words);
            fclose(worker->words);
        }
        bytes_finish(&worker->in);
    }
    sigaction(SIGPIPE, &pool->pipe_before, NULL);
    sim_free(pool->workers);
    sim_free(pool);
}

/* The worker with the fewest tasks that has room for one more, or NULL. */
static struct worker *idlest(const struct pool *pool)
{
    struct worker *found = NULL;

    for (size_t i = 0; i < pool->count; i++) {
        struct worker *worker = &pool->workers[i];

        if (worker->pid > 0 && worker->task_count < TASKS &&
            (!found || worker->task_count < found->task_count))
            found = worker;
    }
    return found;
}

bool pool_has_room(const struct pool *pool)
{
    return idlest(pool) != NULL;
}

void pool_give(struct pool *pool, uint64_t task)
{
    struct worker *worker = idlest(pool);

    assert(worker);
    worker->tasks[worker->task_count++] = task;
    send_task(worker, task);
}

size_t pool_under_way(const struct pool *pool)
{
    size_t sum = 0;

    for (size_t i = 0; i < pool->count; i++)
        sum += pool->workers[i].task_count;
    return sum;
}

/* The first task of WORKER is done with. */
static uint64_t shift(struct worker *worker)
{
    uint64_t task = worker->tasks[0];

    assert(worker->task_count > 0);
    memmove(worker->tasks, worker->tasks + 1, --worker->task_count * sizeof(worker->tasks[0]));
    worker->again = false;
    return task;
}

/* -- how one died ------------------------------------------------------------------------------ */

/* "../../sim/x.c:12: f: Assertion `a' failed." without what differs from build to build. */
static bool find_assertion(FILE *words, char *text, size_t size)
{
    char *said = sim_alloc(WORDS_MAX + 1), *line = said, *end;
    long length;
    bool found = false;

    fseek(words, 0, SEEK_END);
    length = ftell(words);
    fseek(words, length > WORDS_MAX ? length - WORDS_MAX : 0, SEEK_SET);
    said[fread(said, 1, WORDS_MAX, words)] = '\0';
    for (; *line; line = end + (*end == '\n')) {
        end = line + strcspn(line, "\n");
        char *what = strstr(line, "Assertion");
        if (!what || what >= end)
            continue;
        char *path = strstr(line, ": "); /* behind the program's name, if it stands there */
        path = path && path < what ? path + 2 : line;
        while (strncmp(path, "../", 3) == 0)
            path += 3;
        snprintf(text, size, "%.*s", (int)(end - path), path);
        found = true;
    }
    if (!found && strstr(said, "out of memory")) {
        snprintf(text, size, "out of memory");
        found = true;
    }
    sim_free(said);
    return found;
}

static void describe_death(int status, FILE *words, char *text, size_t size)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = { { SIGABRT, "SIGABRT" }, { SIGSEGV, "SIGSEGV" }, { SIGBUS, "SIGBUS" },
                    { SIGFPE, "SIGFPE" },   { SIGILL, "SIGILL" },   { SIGKILL, "SIGKILL" },
                    { SIGTERM, "SIGTERM" } };

    if (find_assertion(words, text, size))
        return;
    if (!WIFSIGNALED(status)) {
        snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
        return;
    }
    snprintf(text, size, "killed by signal %d", WTERMSIG(status));
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        if (WTERMSIG(status) == signals[i].number)
            snprintf(text, size, "killed by %s", signals[i].name);
    }
}

/* WORKER has closed its pipe: another takes its place. */
static void bury(struct pool *pool, struct worker *worker, struct pool_event *event)
{
    int status = reap(worker);
    bool outside =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);

    if (worker->task_count > 0 && (!outside || worker->again)) {
        event->news = POOL_DEATH;
        event->task = shift(worker);
        describe_death(status, worker->words, pool->death, sizeof(pool->death));
        event->death = pool->death;
    } else {
        worker->again = outside && worker->task_count > 0;
    }
    fclose(worker->words);
    start(pool, worker);
}

/* -- news -------------------------------------------------------------------------------------- */

/* The next whole answer that WORKER has sent. */
static bool take_answer(struct worker *worker, struct pool_event *event)
{
    struct bytes *in = &worker->in;
    uint64_t length;

    if (worker->taken > 0) {
        memmove(in->data, in->data + worker->taken, in->used - worker->taken);
        in->used -= worker->taken;
        worker->taken = 0;
    }
    if (in->used < sizeof(length))
        return false;
    memcpy(&length, in->data, sizeof(length));
    if (in->used - sizeof(length) < length)
        return false;
    event->news = POOL_ANSWER;
    event->task = shift(worker);
    event->answer = (struct bytes_reader){ in->data + sizeof(length), (size_t)length, false };
    worker->taken = sizeof(length) + (size_t)length;
    return true;
}

/* Something of WORKER can be read. */
static void hear(struct pool *pool, struct worker *worker, struct pool_event *event)
{
    char chunk[CHUNK];
    ssize_t n = read(worker->from, chunk, sizeof(chunk));

    if (n > 0) {
        bytes_put(&worker->in, chunk, (size_t)n);
        take_answer(worker, event);
    } else if (n == 0 || errno != EINTR) {
        bury(pool, worker, event);
    }
}

static void listen_to_all(struct pool *pool, int milliseconds, struct pool_event *event)
{
    struct pollfd *files = sim_alloc_array(pool->count, sizeof(*files));
    int ready;

    for (size_t i = 0; i < pool->count; i++)
        files[i] = (struct pollfd){ .fd = pool->workers[i].pid > 0 ? pool->workers[i].from : -1,
                                    .events = POLLIN };
    ready = poll(files, (nfds_t)pool->count, milliseconds);
    for (size_t k = 0; ready > 0 && k < pool->count; k++) {
        size_t i = (pool->asked + k) % pool->count;

        if (files[i].revents != 0) {
            pool->asked = i + 1;
            hear(pool, &pool->workers[i], event);
            break;
        }
    }
    sim_free(files);
}

void pool_next(struct pool *pool, int milliseconds, struct pool_event *event)
{
    *event = (struct pool_event){ .news = POOL_NOTHING };
    for (size_t i = 0; i < pool->count; i++) {
        if (take_answer(&pool->workers[i], event))
            return;
    }
    if (*pool->broken) {
        event->news = POOL_BROKEN;
        event->death = pool->broken;
        return;
    }
    listen_to_all(pool, milliseconds, event);
}
