#include "sim/core/hlc.h"

/* Figure 5, "send or local event": l' := l; l := max(l', pt); if l = l' then c := c + 1 else c := 0
 */
struct sim_hlc sim_hlc_tick(struct sim_hlc *clock, sim_time wall)
{
    if (wall > clock->l)
        *clock = (struct sim_hlc){ wall, 0 };
    else
        clock->c++;
    return *clock;
}

/* Figure 5, "receive event of message m": l := max(l', l.m, pt), and c by which of them it is. */
struct sim_hlc sim_hlc_receive(struct sim_hlc *clock, struct sim_hlc sent, sim_time wall)
{
    if (wall > clock->l && wall > sent.l)
        *clock = (struct sim_hlc){ wall, 0 };
    else if (sim_hlc_compare(*clock, sent) >= 0)
        clock->c++; /* l = l' > l.m, or l = l' = l.m and c = max(c, c.m) + 1 */
    else
        *clock = (struct sim_hlc){ sent.l, sent.c + 1 };
    return *clock;
}

bool sim_hlc_is_credible(struct sim_hlc sent, sim_time wall, sim_time bound)
{
    return sent.l <= wall || sent.l - wall <= bound;
}

int sim_hlc_compare(struct sim_hlc a, struct sim_hlc b)
{
    if (a.l != b.l)
        return a.l < b.l ? -1 : 1;
    return (a.c > b.c) - (a.c < b.c);
}
