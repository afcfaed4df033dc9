#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/interrupt.h"

#include <stddef.h>

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

void interrupt_begin(struct interrupt *interrupt)
{
    sigemptyset(&interrupt->signals);
    for (size_t i = 0; i < NUMBERS; i++)
        sigaddset(&interrupt->signals, numbers[i]);
    sigprocmask(SIG_BLOCK, &interrupt->signals, &interrupt->before);
}

bool interrupt_came(void)
{
    sigset_t pending, one;
    int got;

    sigpending(&pending);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (!sigismember(&pending, numbers[i]))
            continue;
        sigemptyset(&one);
        sigaddset(&one, numbers[i]);
        sigwait(&one, &got);
        return true;
    }
    return false;
}

void interrupt_end(struct interrupt *interrupt)
{
    sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
}
