/*
 * What a disk and a clock can do to a program, loaded in front of the C library with LD_PRELOAD.
 *
 * FAULTS_RENAME=NUMBER:WHAT:PATTERN  the rename or link of that number, counted from 1 over all
 *     processes, whose target matches the shell pattern, fails with ENOSPC or EIO, or KILLs its
 *     process before, or after, it (KILLED). 0 fails none.
 * FAULTS_COUNT=FILE    where a line is added for each that matches: its target. It is also the counter.
 * FAULTS_CLOCK=FILE    the seconds by which the wall clock is wrong, read at each look at it;
 *     after an @, what it stands still at, in milliseconds since the epoch.
 * FAULTS_FILES=SECONDS since the epoch: what all file times are, as if all had been written just then.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The number of a rename, and a line for it; 0 if it is not one that counts. */
static int counted(const char *target, const char *pattern)
{
	const char *file = getenv("FAULTS_COUNT");
	char *all;
	off_t end;
	int descriptor, number = 0;

	if (!file || fnmatch(pattern, target, 0))
		return 0;
	descriptor = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (descriptor < 0)
		return 0;
	if (dprintf(descriptor, "%s\n", target) > 0) {
		end = lseek(descriptor, 0, SEEK_CUR);
		all = malloc(end);
		if (all && pread(descriptor, all, end, 0) == end)
			for (off_t at = 0; at < end; at++)
				number += all[at] == '\n';
		free(all);
	}
	close(descriptor);
	return number;
}

/* What becomes of a rename to a target: 0 to go on, -1 with errno set; 1 to die after it. */
static int fault(int folder, const char *target)
{
	const char *plan = getenv("FAULTS_RENAME");
	char what[16], pattern[PATH_MAX], whole[2 * PATH_MAX], base[PATH_MAX] = "";
	int wanted, kept = errno;

	if (!plan || sscanf(plan, "%d:%15[A-Z]:%4095[^\n]", &wanted, what, pattern) != 3)
		return 0;
	if (target[0] != '/' && folder == AT_FDCWD && !getcwd(base, sizeof(base)))
		base[0] = '\0';
	snprintf(whole, sizeof(whole), "%s%s%s", base, base[0] ? "/" : "", target);
	if (counted(whole, pattern) != wanted || !wanted) {
		errno = kept;
		return 0;
	}
	if (!strcmp(what, "KILLED"))
		return 1;
	if (!strcmp(what, "KILL"))
		kill(getpid(), SIGKILL);
	errno = strcmp(what, "EIO") ? ENOSPC : EIO;
	return -1;
}

#define WITH_FAULT(folder, target, call)        \
	do {                                    \
		int became = fault(folder, target); \
		int done = became < 0 ? -1 : (call); \
		if (became > 0)                 \
			kill(getpid(), SIGKILL); \
		return done;                    \
	} while (0)

int rename(const char *old, const char *new)
{
	WITH_FAULT(AT_FDCWD, new, REAL(rename)(old, new));
}

int renameat(int from, const char *old, int to, const char *new)
{
	WITH_FAULT(to, new, REAL(renameat)(from, old, to, new));
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags)
{
	WITH_FAULT(to, new, REAL(renameat2)(from, old, to, new, flags));
}

int link(const char *old, const char *new)
{
	WITH_FAULT(AT_FDCWD, new, REAL(link)(old, new));
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	WITH_FAULT(to, new, REAL(linkat)(from, old, to, new, flags));
}

/* What a clock of microseconds shows that really shows that. */
static void shift(time_t *seconds, long *micros)
{
	const char *file = getenv("FAULTS_CLOCK");
	char text[32];
	ssize_t length = -1;
	long long found;
	int kept = errno, descriptor = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;

	if (descriptor >= 0) {
		length = read(descriptor, text, sizeof(text) - 1);
		close(descriptor);
	}
	errno = kept;
	if (length <= 0)
		return;
	text[length] = '\0';
	found = strtoll(text + (*text == '@'), NULL, 10);
	if (*text == '@') {
		*seconds = found / 1000;
		*micros = found % 1000 * 1000;
	} else {
		*seconds += found;
	}
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int done = REAL(clock_gettime)(clock, now);
	long micros = now->tv_nsec / 1000, shown = micros;

	if (!done && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
		shift(&now->tv_sec, &shown);
		if (shown != micros)
			now->tv_nsec = shown * 1000;
	}
	return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	int done = REAL(gettimeofday)(now, zone);
	long micros = now->tv_usec;

	if (!done) {
		shift(&now->tv_sec, &micros);
		now->tv_usec = micros;
	}
	return done;
}

time_t time(time_t *now)
{
	time_t found = REAL(time)(NULL);
	long micros = 0;

	shift(&found, &micros);
	if (now)
		*now = found;
	return found;
}

static int dated(int done, struct stat *status)
{
	const char *text = getenv("FAULTS_FILES");

	if (!done && text) {
		status->st_mtim.tv_sec = status->st_ctim.tv_sec = strtoll(text, NULL, 10);
		status->st_mtim.tv_nsec = status->st_ctim.tv_nsec = 0;
	}
	return done;
}

int stat(const char *restrict path, struct stat *restrict status)
{
	return dated(REAL(stat)(path, status), status);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
	return dated(REAL(lstat)(path, status), status);
}

int fstat(int descriptor, struct stat *status)
{
	return dated(REAL(fstat)(descriptor, status), status);
}

int fstatat(int folder, const char *restrict path, struct stat *restrict status, int flags)
{
	return dated(REAL(fstatat)(folder, path, status, flags), status);
}

/* The same under the names that programs with large files use; on 64 bits it is one structure. */
#if defined(__LP64__)
int stat64(const char *restrict path, struct stat64 *restrict status)
{
	return dated(REAL(stat64)(path, status), (struct stat *)status);
}

int lstat64(const char *restrict path, struct stat64 *restrict status)
{
	return dated(REAL(lstat64)(path, status), (struct stat *)status);
}

int fstat64(int descriptor, struct stat64 *status)
{
	return dated(REAL(fstat64)(descriptor, status), (struct stat *)status);
}

int fstatat64(int folder, const char *restrict path, struct stat64 *restrict status, int flags)
{
	return dated(REAL(fstatat64)(folder, path, status, flags), (struct stat *)status);
}
#endif
