// SPDX-License-Identifier: GPL-2.0-only
/*
 * One I/O address space, several processes or threads: who inherits it, who
 * keeps it alive, and what happens when they all want the same range at once.
 */
#include "../kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <linux/userfaultfd.h>

#include "lib/check.h"
#include "lib/iommu.h"
#include "lib/memory.h"

#define IOVA 0x100000ULL
#define SLOTS 8
#define THREADS 4
#define RACE_ROUNDS 3000
#define EXEC_VARIABLE "IOMMU_TEST_INHERITED"

FIXTURE(shared)
{
	int fd;
	__u32 id;
	size_t page;
	void *memory;
};

FIXTURE_SETUP(shared)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(self->page);
	ASSERT_NE(NULL, self->memory);
	self->fd = iommu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_OK(iommu_ioas_alloc(self->fd, &self->id));
}

FIXTURE_TEARDOWN(shared)
{
	if (self->fd >= 0)
		close(self->fd);
	mem_free(self->memory, self->page);
}

/* Wait for a child that says with its exit status whether all was well */
static int child_rc(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -ECHILD;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int map_page(struct _test_data_shared *self, __u64 iova)
{
	return iommu_map_at(self->fd, self->id, self->memory, self->page, iova,
			    IOMMU_MAP_RW);
}

TEST_F(shared, forked_child_works_on_the_same_space)
{
	pid_t pid;

	ASSERT_OK(map_page(self, IOVA));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int rc = iommu_unmap(self->fd, self->id, IOVA, self->page);

		_exit(rc ? -rc : -map_page(self, IOVA + self->page));
	}
	ASSERT_OK(child_rc(pid));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->id, IOVA, self->page));
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA + self->page,
			      self->page));
}

TEST_F(shared, child_keeps_the_space_when_the_parent_closes_it)
{
	int go[2];
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_OK(map_page(self, IOVA));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(go[1]);
		if (read(go[0], &byte, 1))
			_exit(EIO);
		_exit(-iommu_unmap(self->fd, self->id, IOVA, self->page));
	}
	close(self->fd);
	self->fd = -1;
	close(go[0]);
	close(go[1]);
	EXPECT_OK(child_rc(pid));
}

/* The other half of the next test: this program, started with the variable */
static void __attribute__((constructor)) use_inherited_space(void)
{
	const char *inherited = getenv(EXEC_VARIABLE);
	unsigned int fd, id;

	if (!inherited)
		return;
	if (sscanf(inherited, "%u %u", &fd, &id) != 2)
		_exit(EINVAL);
	_exit(-iommu_unmap(fd, id, IOVA, mem_page_size()));
}

TEST_F(shared, program_that_is_executed_inherits_the_space)
{
	char value[64];
	pid_t pid;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFD, 0));
	ASSERT_OK(map_page(self, IOVA));
	snprintf(value, sizeof(value), "%d %u", self->fd, self->id);
	ASSERT_EQ(0, setenv(EXEC_VARIABLE, value, 1));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		execl("/proc/self/exe", "inherited", NULL);
		_exit(errno);
	}
	unsetenv(EXEC_VARIABLE);
	EXPECT_OK(child_rc(pid));
	EXPECT_ERR(ENOENT, iommu_unmap(self->fd, self->id, IOVA, self->page));
}

TEST_F(shared, mapping_of_a_process_that_is_gone_can_be_unmapped)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(-map_page(self, IOVA));
	ASSERT_OK(child_rc(pid));
	EXPECT_ERR(EEXIST, map_page(self, IOVA));
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA, self->page));
}

TEST_F(shared, duplicated_descriptor_is_the_same_context)
{
	int copy = dup(self->fd);

	ASSERT_LE(0, copy);
	ASSERT_OK(map_page(self, IOVA));
	close(self->fd);
	self->fd = copy;
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA, self->page));
}

/* What the threads of a race share, and what each of them found */
struct race {
	int fd;
	__u32 id;
	size_t page;
	void *memory;
	pthread_barrier_t start;
};

struct racer {
	pthread_t thread;
	struct race *race;
	unsigned int seed;
	long long balance;	/* bytes mapped less bytes unmapped */
	int wrong;		/* an errno that has no business here */
	int successes;
};

static void init_race(struct race *race, struct _test_data_shared *self)
{
	race->fd = self->fd;
	race->id = self->id;
	race->page = self->page;
	race->memory = self->memory;
	pthread_barrier_init(&race->start, NULL, THREADS);
}

static int run_race(struct race *race, struct racer *racers,
		    void *(*fn)(void *))
{
	int i;

	for (i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){ .race = race, .seed = i + 1 };
		if (pthread_create(&racers[i].thread, NULL, fn, &racers[i]))
			return -EAGAIN;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(racers[i].thread, NULL);
	return 0;
}

static __u64 random_slot(struct racer *racer)
{
	return IOVA + rand_r(&racer->seed) % SLOTS * racer->race->page;
}

/* Map, copy or unmap up to three pages; what was refused for no good reason */
static int one_step(struct racer *racer)
{
	struct race *race = racer->race;
	__u64 bytes = (1 + rand_r(&racer->seed) % 3) * race->page;
	__u64 iova = random_slot(racer);
	bool unmap = false, copy = false;
	int rc;

	switch (rand_r(&racer->seed) % 4) {
	case 0:
		rc = iommu_map_at(race->fd, race->id, race->memory, bytes, iova,
				  IOMMU_MAP_RW);
		break;
	case 1:
		copy = true;
		rc = iommu_copy_at(race->fd, race->id, iova, race->id,
				   random_slot(racer), bytes, IOMMU_MAP_RW);
		break;
	default:
		unmap = true;
		rc = iommu_unmap_count(race->fd, race->id, iova, bytes, &bytes);
		break;
	}
	if (!rc) {
		racer->balance += unmap ? -bytes : bytes;
		racer->successes++;
		return 0;
	}
	if (rc == -ENOENT || rc == (unmap ? -EBUSY : -EEXIST) ||
	    (copy && rc == -EBUSY))
		return 0;
	return rc;
}

static void *map_copy_and_unmap(void *arg)
{
	struct racer *racer = arg;
	int i;

	pthread_barrier_wait(&racer->race->start);
	for (i = 0; i < RACE_ROUNDS && !racer->wrong; i++)
		racer->wrong = one_step(racer);
	return NULL;
}

TEST_F(shared, racing_maps_copies_and_unmaps_add_up)
{
	struct racer racers[THREADS];
	long long balance = 0;
	struct race race;
	__u64 left;
	int i;

	init_race(&race, self);
	ASSERT_OK(run_race(&race, racers, map_copy_and_unmap));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, racers[i].wrong);
		EXPECT_LT(0, racers[i].successes);
		balance += racers[i].balance;
	}
	ASSERT_OK(iommu_unmap_count(self->fd, self->id, 0, IOMMU_UNMAP_ALL,
				    &left));
	EXPECT_EQ(balance, (long long)left);
}

static void *choose(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	__u64 iova;
	int i;

	pthread_barrier_wait(&race->start);
	for (i = 0; i < RACE_ROUNDS / 4 && !racer->wrong; i++) {
		racer->wrong = iommu_map(race->fd, race->id, race->memory,
					 race->page, &iova, IOMMU_MAP_RW);
		racer->balance += race->page;
	}
	return NULL;
}

TEST_F(shared, racing_choices_never_collide)
{
	struct racer racers[THREADS];
	long long balance = 0;
	struct race race;
	__u64 left;
	int i;

	init_race(&race, self);
	ASSERT_OK(run_race(&race, racers, choose));
	for (i = 0; i < THREADS; i++) {
		EXPECT_EQ(0, racers[i].wrong);
		balance += racers[i].balance;
	}
	ASSERT_OK(iommu_unmap_count(self->fd, self->id, 0, IOMMU_UNMAP_ALL,
				    &left));
	EXPECT_EQ(balance, (long long)left);
}

static void *destroy_space(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	int rc;

	pthread_barrier_wait(&race->start);
	rc = iommu_destroy(race->fd, race->id);
	if (!rc)
		racer->successes++;
	else if (rc != -ENOENT)
		racer->wrong = rc;
	return NULL;
}

TEST_F(shared, only_one_of_several_destroyers_succeeds)
{
	struct racer racers[THREADS];
	struct race race;
	int i, round;

	for (round = 0; round < 100; round++) {
		int successes = 0;

		init_race(&race, self);
		ASSERT_OK(iommu_ioas_alloc(self->fd, &race.id));
		ASSERT_OK(run_race(&race, racers, destroy_space));
		for (i = 0; i < THREADS; i++) {
			EXPECT_EQ(0, racers[i].wrong);
			successes += racers[i].successes;
		}
		ASSERT_EQ(1, successes);
	}
}

/* Until the space is gone under them */
static void *map_until_destroyed(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	__u64 iova;
	int rc;

	pthread_barrier_wait(&race->start);
	if (racer->seed == 1) {
		usleep(20000);
		do {
			rc = iommu_destroy(race->fd, race->id);
		} while (rc == -EBUSY);
		racer->wrong = rc;
		return NULL;
	}
	do {
		rc = iommu_map(race->fd, race->id, race->memory, race->page,
			       &iova, IOMMU_MAP_RW);
		if (!rc)
			racer->successes++;
	} while (!rc);
	if (rc != -ENOENT)
		racer->wrong = rc;
	return NULL;
}

TEST_F(shared, space_can_be_destroyed_while_others_map_in_it)
{
	struct racer racers[THREADS];
	struct race race;
	int i;

	init_race(&race, self);
	ASSERT_OK(run_race(&race, racers, map_until_destroyed));
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(0, racers[i].wrong);
	EXPECT_ERR(ENOENT, iommu_unmap_all(self->fd, self->id));
}

/* A page that makes whoever touches it wait for wake_page() */
static int make_blocking_page(void *page, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { .start = (uintptr_t)page, .len = size },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg)) {
		int rc = -errno;

		close(fd);
		return rc;
	}
	return fd;
}

static void wake_page(int uffd, void *page, size_t size)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (uintptr_t)page, .len = size },
	};

	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

static void *ask_for_ranges(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	__u64 alignment;
	__u32 num = 1;

	racer->wrong = iommu_iova_ranges(race->fd, race->id, race->memory,
					 &num, &alignment);
	return NULL;
}

TEST_F(shared, answer_into_a_page_that_blocks_holds_nobody_up)
{
	void *page = mem_alloc_aligned(self->page, self->page);
	struct race race = { .fd = self->fd, .id = self->id, .memory = page };
	struct racer racer = { .race = &race };
	struct uffd_msg msg;
	int uffd;

	ASSERT_NE(NULL, page);
	uffd = make_blocking_page(page, self->page);
	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, pthread_create(&racer.thread, NULL, ask_for_ranges,
				    &racer));
	/* The fault has arrived, so the other thread is in the middle of it */
	ASSERT_EQ(sizeof(msg), read(uffd, &msg, sizeof(msg)));

	/* If these waited too, the harness would end the test */
	EXPECT_OK(map_page(self, IOVA));
	EXPECT_OK(iommu_unmap(self->fd, self->id, IOVA, self->page));

	wake_page(uffd, page, self->page);
	pthread_join(racer.thread, NULL);
	EXPECT_EQ(0, racer.wrong);
	close(uffd);
	mem_free(page, self->page);
}

TEST_HARNESS_MAIN
