/*
 * User Mode Linux 6.1 has room for 2,696 bytes of a process's floating-point
 * and vector registers. CPUs with AMX have more (11,008 bytes), and Linux
 * takes them only whole: the guest's first process dies at its start. Preloaded
 * into linux.uml, this hands on the part that it has room for, and fills up the
 * rest with what registers hold that nobody has used.
 *
 * It needs no header, so that a compiler alone can make it.
 */

typedef unsigned long word;

/* struct iovec, uio(3) */
struct part {
  char *start;
  word length;
};

extern long syscall(long number, ...);
extern int *__errno_location(void);

/* ptrace(2): PTRACE_PEEK* are 1 to 3; the two that move a set of registers. */
enum { SYS_PTRACE = 101, PEEK_FIRST = 1, PEEK_LAST = 3 };
enum { GET_SET = 0x4204, PUT_SET = 0x4205, XSTATE = 0x202 };
enum { MOST = 65536 };

static char seen[MOST];
static char padded[MOST];
static word size;

static void copy(char *to, const char *from, word count) {
  while (count-- > 0) *to++ = *from++;
}

static long get(long process, struct part *wanted) {
  struct part all = {seen, MOST};
  long result = syscall(SYS_PTRACE, GET_SET, process, XSTATE, &all);
  if (result < 0) return result;
  size = all.length;
  if (wanted->length > size) wanted->length = size;
  copy(wanted->start, seen, wanted->length);
  return result;
}

static long put(long process, struct part *given) {
  struct part all = {padded, size};
  if (given->length >= size)
    return syscall(SYS_PTRACE, PUT_SET, process, XSTATE, given);
  copy(padded, given->start, given->length);
  return syscall(SYS_PTRACE, PUT_SET, process, XSTATE, &all);
}

/* What glibc's does, but for the set of registers above. */
long ptrace(long request, long process, long address, void *data) {
  long peeked, result;
  if (request == GET_SET && address == XSTATE) return get(process, data);
  if (request == PUT_SET && address == XSTATE) return put(process, data);
  if (request < PEEK_FIRST || request > PEEK_LAST)
    return syscall(SYS_PTRACE, request, process, address, data);
  result = syscall(SYS_PTRACE, request, process, address, &peeked);
  if (result < 0) return result;
  *__errno_location() = 0;
  return peeked;
}
