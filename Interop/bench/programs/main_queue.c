/* Lets Callgrind follow the whole of nuncio: put before it with LD_PRELOAD.

   libdispatch's dispatch_main ends the main thread, and Valgrind 3.19 crashes with that. This one keeps the thread, and has it
   do what is put on the main queue, as CFRunLoop does. Answers to queries do not come by here. */
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

extern int _dispatch_get_main_queue_handle_4CF(void);
extern void _dispatch_main_queue_callback_4CF(void *);

void dispatch_main(void) {
    struct pollfd queue = {.fd = _dispatch_get_main_queue_handle_4CF(), .events = POLLIN};
    for (;;) {
        eventfd_t count;
        if (poll(&queue, 1, -1) <= 0) continue;
        eventfd_read(queue.fd, &count);
        _dispatch_main_queue_callback_4CF(NULL);
    }
}
