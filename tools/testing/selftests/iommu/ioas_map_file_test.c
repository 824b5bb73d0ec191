// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files as memory: which of them can be mapped, and with which rights. What
 * devices see of them is the subject of hw_file_test.
 */
#include "ioas_fixture.h"

#include <fcntl.h>
#include <sys/mman.h>

#define IOVA 0x100000ULL
#define READABLE IOMMU_IOAS_MAP_READABLE
#define WRITEABLE IOMMU_IOAS_MAP_WRITEABLE

/* The same file, opened anew */
static int reopen(int file, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int add_seals(int file, int seals)
{
	return fcntl(file, F_ADD_SEALS, seals) ? -errno : 0;
}

static int map(struct _test_data_ioas *self, int file, __u32 prot)
{
	return iommu_map_file_at(self->fd, self->id, file, 0, self->page, IOVA,
				 prot);
}

static int unmap(struct _test_data_ioas *self)
{
	return iommu_unmap(self->fd, self->id, IOVA, self->page);
}

TEST_F(ioas, memfd_can_be_mapped)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	EXPECT_OK(map(self, file, IOMMU_MAP_RW));
	EXPECT_ERR(EEXIST, map(self, file, IOMMU_MAP_RW));
	EXPECT_OK(unmap(self));
	close(file);
}

TEST_F(ioas, mapping_outlives_the_descriptor)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map(self, file, IOMMU_MAP_RW));
	close(file);
	EXPECT_OK(unmap(self));
}

TEST_F(ioas, descriptor_that_is_not_open_is_EBADF)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	close(file);
	EXPECT_ERR(EBADF, map(self, file, IOMMU_MAP_RW));
	EXPECT_ERR(EBADF, map(self, -1, IOMMU_MAP_RW));
	EXPECT_ERR(EBADF, map(self, 0x7fffffff, IOMMU_MAP_RW));
}

TEST_F(ioas, file_that_is_not_memory_is_EINVAL)
{
	int zero = open("/dev/zero", O_RDWR), ends[2];

	ASSERT_LE(0, zero);
	ASSERT_EQ(0, pipe(ends));
	EXPECT_ERR(EINVAL, map(self, zero, IOMMU_MAP_RW));
	EXPECT_ERR(EINVAL, map(self, ends[0], READABLE));
	EXPECT_ERR(EINVAL, map(self, self->fd, IOMMU_MAP_RW));
	close(zero);
	close(ends[0]);
	close(ends[1]);
}

TEST_F(ioas, file_opened_for_reading_is_not_for_writing)
{
	int file = mem_file(4 * self->page), readonly;

	ASSERT_LE(0, file);
	readonly = reopen(file, O_RDONLY);
	ASSERT_LE(0, readonly);
	EXPECT_ERR(EACCES, map(self, readonly, IOMMU_MAP_RW));
	EXPECT_ERR(EACCES, map(self, readonly, WRITEABLE));
	EXPECT_OK(map(self, readonly, READABLE));
	close(readonly);
	close(file);
}

TEST_F(ioas, file_opened_for_writing_only_is_EACCES)
{
	int file = mem_file(4 * self->page), writeonly;

	ASSERT_LE(0, file);
	writeonly = reopen(file, O_WRONLY);
	ASSERT_LE(0, writeonly);
	EXPECT_ERR(EACCES, map(self, writeonly, READABLE));
	EXPECT_ERR(EACCES, map(self, writeonly, WRITEABLE));
	close(writeonly);
	close(file);
}

TEST_F(ioas, descriptor_of_a_path_is_EBADF)
{
	int file = mem_file(4 * self->page), path;

	ASSERT_LE(0, file);
	path = reopen(file, O_PATH);
	ASSERT_LE(0, path);
	EXPECT_ERR(EBADF, map(self, path, READABLE));
	close(path);
	close(file);
}

TEST_F(ioas, sealed_file_is_for_reading_only)
{
	static const int seals[] = { F_SEAL_WRITE, F_SEAL_FUTURE_WRITE };

	for (size_t i = 0; i < ARRAY_SIZE(seals); i++) {
		int file = mem_file(4 * self->page);

		ASSERT_LE(0, file);
		ASSERT_OK(add_seals(file, seals[i]));
		EXPECT_ERR(EPERM, map(self, file, IOMMU_MAP_RW));
		EXPECT_ERR(EPERM, map(self, file, WRITEABLE));
		EXPECT_OK(map(self, file, READABLE));
		EXPECT_OK(unmap(self));
		close(file);
	}
}

TEST_F(ioas, other_seals_do_not_matter)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(add_seals(file, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
	EXPECT_OK(map(self, file, IOMMU_MAP_RW));
	close(file);
}

TEST_F(ioas, file_cannot_be_sealed_while_it_is_mapped_for_writing)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map(self, file, IOMMU_MAP_RW));
	EXPECT_ERR(EBUSY, add_seals(file, F_SEAL_WRITE));
	ASSERT_OK(unmap(self));
	EXPECT_OK(add_seals(file, F_SEAL_WRITE));
	close(file);
}

TEST_F(ioas, file_can_be_sealed_while_it_is_mapped_for_reading)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map(self, file, READABLE));
	EXPECT_OK(add_seals(file, F_SEAL_WRITE));
	EXPECT_OK(unmap(self));
	close(file);
}

TEST_F(ioas, copy_for_writing_of_what_is_mapped_for_reading_is_EPERM)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	ASSERT_OK(map(self, file, READABLE));
	EXPECT_ERR(EPERM, iommu_copy_at(self->fd, self->id, 2 * IOVA, self->id,
					IOVA, self->page, IOMMU_MAP_RW));
	EXPECT_OK(iommu_copy_at(self->fd, self->id, 2 * IOVA, self->id, IOVA,
				self->page, READABLE));
	close(file);
}

TEST_F(ioas, failed_map_leaves_the_file_alone)
{
	int file = mem_file(4 * self->page);
	__u64 iova = 0;

	ASSERT_LE(0, file);
	EXPECT_ERR(ENOENT, iommu_map_file_at(self->fd, self->id + 1, file, 0,
					     self->page, IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EOPNOTSUPP, map(self, file, IOMMU_MAP_RW | 8));
	EXPECT_ERR(EINVAL, map(self, file, 0));
	EXPECT_ERR(EINVAL, iommu_map_file(self->fd, self->id, file, 0, 0,
					  &iova, IOMMU_MAP_RW));
	ASSERT_OK(iommu_map_at(self->fd, self->id, self->memory, self->page,
			       IOVA, IOMMU_MAP_RW));
	EXPECT_ERR(EEXIST, map(self, file, IOMMU_MAP_RW));
	/* Which is refused while anything may write to it */
	EXPECT_OK(add_seals(file, F_SEAL_WRITE));
	close(file);
}

TEST_F(ioas, range_that_no_file_can_have_is_EOVERFLOW)
{
	static const __u64 ranges[][2] = {
		{ ~0ULL - 4095, 8192 },
		{ ~0ULL - 4095, 4096 },
		{ 1ULL << 63, 4096 },
		{ (1ULL << 63) - 4096, 8192 },
		{ 0, ~0ULL },
		{ 0, 1ULL << 63 },
	};
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		EXPECT_ERR(EOVERFLOW,
			   iommu_map_file_at(self->fd, self->id, file,
					     ranges[i][0], ranges[i][1], IOVA,
					     IOMMU_MAP_RW));
	}
	close(file);
}

TEST_F(ioas, choice_of_iova_keeps_the_offset_in_the_file)
{
	int file = mem_file(4 * self->page);
	__u64 iova = 0;

	ASSERT_LE(0, file);
	ASSERT_OK(iommu_map_file(self->fd, self->id, file, self->page + 5, 7,
				 &iova, IOMMU_MAP_RW));
	EXPECT_EQ(5, iova % self->page);
	ASSERT_OK(iommu_map_file(self->fd, self->id, file, 3 * MEM_2M,
				 2 * MEM_2M, &iova, IOMMU_MAP_RW));
	EXPECT_EQ(0, iova % MEM_2M);
	ASSERT_OK(iommu_map_file(self->fd, self->id, file,
				 3 * MEM_2M + self->page, 2 * MEM_2M, &iova,
				 IOMMU_MAP_RW));
	EXPECT_EQ(self->page, iova % MEM_2M);
	close(file);
}

TEST_F(ioas, process_can_be_changed_when_only_files_are_mapped)
{
	int file = mem_file(4 * self->page);

	ASSERT_LE(0, file);
	EXPECT_OK(iommu_change_process(self->fd));
	ASSERT_OK(map(self, file, IOMMU_MAP_RW));
	EXPECT_OK(iommu_change_process(self->fd));
	EXPECT_OK(unmap(self));
	close(file);
}

TEST_F(ioas, memory_of_a_process_keeps_that_process)
{
	int file = mem_file(4 * self->page);
	__u32 other;

	ASSERT_LE(0, file);
	ASSERT_OK(map(self, file, IOMMU_MAP_RW));
	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(iommu_map_at(self->fd, other, self->memory, self->page, IOVA,
			       READABLE));
	EXPECT_ERR(EINVAL, iommu_change_process(self->fd));
	ASSERT_OK(iommu_unmap(self->fd, other, IOVA, self->page));
	EXPECT_OK(iommu_change_process(self->fd));
	close(file);
}

TEST_F(ioas, reserved_member_of_change_process_is_EOPNOTSUPP)
{
	struct iommu_ioas_change_process cmd = {
		.size = sizeof(cmd),
		.__reserved = 1,
	};

	EXPECT_ERR(EOPNOTSUPP, iommu_ioctl(self->fd, IOMMU_IOAS_CHANGE_PROCESS,
					   &cmd));
}

TEST_HARNESS_MAIN
