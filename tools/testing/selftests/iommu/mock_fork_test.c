// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that forks before or after its memory is mapped: the device has the
 * pages of this process, and none of the child's.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory_fixture.h"

#include "lib/access.h"
#include "lib/kind.h"
#include "lib/pins.h"

#define LENGTH (2 * KIND_SLOT)

/* Patterns: what was there, and what the others write */
enum { BEFORE = 1, PARENT, CHILD, DEVICE };

/* In the second half of the first slot, and in the second one */
static const size_t spots[] = { KIND_SLOT * 3 / 4, KIND_SLOT + 4096 * 3 };

FIXTURE_VARIANT(memory)
{
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, small_pages) { .kind = { 0 } };
FIXTURE_VARIANT_ADD(memory, thp) { .kind = { .page = MEM_2M } };
FIXTURE_VARIANT_ADD(memory, hugetlb) { .kind = { KIND_HUGETLB, MEM_2M } };

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	if (kind_missing(&variant->kind, 2 * LENGTH))
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(kind_map(&variant->kind, self->memory, LENGTH));
}

static void fill_spots(struct _test_data_memory *self, __u32 seed)
{
	size_t i;

	for (i = 0; i < 2; i++)
		mem_fill(self->memory + spots[i], self->page, seed);
}

static bool spots_are_filled(struct _test_data_memory *self, __u32 seed)
{
	return mem_is_filled(self->memory + spots[0], self->page, seed) &&
	       mem_is_filled(self->memory + spots[1], self->page, seed);
}

/* What the device has at the spots: -EIO if it is something else */
static int device_reads(struct _test_data_memory *self, int access, __u32 seed)
{
	char buffer[self->page];
	size_t i;
	int rc;

	for (i = 0; i < 2; i++) {
		rc = access_rw(self->fd, access, IOVA + spots[i], buffer,
			       self->page, 0);
		if (rc)
			return rc;
		if (!mem_is_filled(buffer, self->page, seed))
			return -EIO;
	}
	return 0;
}

static int device_writes(struct _test_data_memory *self, int access, __u32 seed)
{
	char buffer[self->page];
	size_t i;
	int rc = 0;

	mem_fill(buffer, self->page, seed);
	for (i = 0; i < 2 && !rc; i++)
		rc = access_rw(self->fd, access, IOVA + spots[i], buffer,
			       self->page, MOCK_ACCESS_RW_WRITE);
	return rc;
}

/* A child that waits for a byte, and tells then whether it has BEFORE there */
static pid_t start_child(struct _test_data_memory *self, int *go)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) < 0)
			_exit(2);
		_exit(!spots_are_filled(self, BEFORE));
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

/* 0 if it had */
static int end_child(pid_t pid, int go)
{
	int status;

	close(go);
	return waitpid(pid, &status, 0) == pid ? status : -ECHILD;
}

/* All memory has BEFORE at the spots; a user in the kernel, or -errno */
static int fill(struct _test_data_memory *self)
{
	fill_spots(self, BEFORE);
	return access_open(self->fd, self->ioas, 0);
}

/* The same, and the device has it */
static int fill_and_map(struct _test_data_memory *self)
{
	int access = fill(self), rc;

	if (access < 0)
		return access;
	rc = map_all(self, IOMMU_MAP_RW);
	if (rc)
		close(access);
	return rc ? rc : access;
}

TEST_F(memory, what_a_child_writes_is_not_for_the_device)
{
	int access = fill_and_map(self);
	pid_t pid;

	ASSERT_LE(0, access);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		fill_spots(self, CHILD);
		_exit(!spots_are_filled(self, CHILD));
	}
	EXPECT_OK(end_child(pid, -1));
	EXPECT_OK(device_reads(self, access, BEFORE));
	EXPECT_TRUE(spots_are_filled(self, BEFORE));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_a_process_writes_after_fork_is_for_the_device_only)
{
	int access = fill_and_map(self), go = -1;
	pid_t pid = start_child(self, &go);

	ASSERT_LE(0, access);
	ASSERT_LE(0, pid);
	fill_spots(self, PARENT);
	EXPECT_OK(device_reads(self, access, PARENT));
	EXPECT_OK(end_child(pid, go));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_a_device_writes_after_fork_is_for_its_process_only)
{
	int access = fill_and_map(self), go = -1;
	pid_t pid = start_child(self, &go);

	ASSERT_LE(0, access);
	ASSERT_LE(0, pid);
	ASSERT_OK(device_writes(self, access, DEVICE));
	EXPECT_TRUE(spots_are_filled(self, DEVICE));
	EXPECT_OK(end_child(pid, go));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, pages_shared_with_a_child_are_copied_to_be_written)
{
	int access = fill(self), go = -1;
	pid_t pid = start_child(self, &go);

	ASSERT_LE(0, access);
	ASSERT_LE(0, pid);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(device_writes(self, access, DEVICE));
	EXPECT_TRUE(spots_are_filled(self, DEVICE));
	EXPECT_OK(check_all(self));
	EXPECT_OK(end_child(pid, go));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, pages_shared_with_a_child_are_copied_to_be_read)
{
	int access = fill(self), go = -1;
	pid_t pid = start_child(self, &go);

	ASSERT_LE(0, access);
	ASSERT_LE(0, pid);
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_OK(device_reads(self, access, BEFORE));
	fill_spots(self, PARENT);
	EXPECT_OK(device_reads(self, access, PARENT));
	EXPECT_OK(check_all(self));
	EXPECT_OK(end_child(pid, go));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, device_keeps_what_the_process_unmaps)
{
	long before, after;
	int access;

	ASSERT_OK(pins_read(&before));
	access = fill_and_map(self);
	ASSERT_LE(0, access);
	ASSERT_EQ(0, munmap(self->memory, LENGTH));
	EXPECT_OK(device_reads(self, access, BEFORE));
	ASSERT_OK(device_writes(self, access, DEVICE));
	/* Other memory in its place is not the device's */
	ASSERT_OK(kind_map(&variant->kind, self->memory, LENGTH));
	fill_spots(self, PARENT);
	EXPECT_OK(device_reads(self, access, DEVICE));
	EXPECT_TRUE(spots_are_filled(self, PARENT));
	EXPECT_ERR(EINVAL, check_part(self, spots[0], self->page));
	EXPECT_OK(unmap_all(self));
	ASSERT_OK(pins_read(&after));
	EXPECT_EQ(before, after);
}

TEST_HARNESS_MAIN
