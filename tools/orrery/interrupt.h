/* interrupt.h - Ctrl-C and the like, for who would rather end in good order.
 *
 * The signals wait, blocked, until they are looked for: so none comes at a wrong time. Processes
 * that are forked meanwhile do not hear them either. */
#ifndef TOOLS_ORRERY_INTERRUPT_H
#define TOOLS_ORRERY_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

struct interrupt {
    sigset_t signals, before;
};

void interrupt_begin(struct interrupt *interrupt);
/* Whether one has come; it is taken then. */
bool interrupt_came(void);
void interrupt_end(struct interrupt *interrupt);

#endif
