// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kinds of memory behind a mapping: whatever it is, a device has the pages that
 * the process has, for as long as it is mapped, and each is pinned and paid for
 * once.
 */
#include <signal.h>
#include <sys/wait.h>

#include "memory_fixture.h"

#include "lib/kind.h"

/* There are three huge pages, so that one has others on both sides */
#define PIECE MEM_2M
#define MIDDLE PIECE

FIXTURE_VARIANT(memory)
{
	struct kind kind;
};

FIXTURE_VARIANT_ADD(memory, small)
{
	.kind = { 0 },
};

FIXTURE_VARIANT_ADD(memory, thp)
{
	.kind = { 0, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, hugetlb)
{
	.kind = { KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, shared_file)
{
	.kind = { KIND_FILE | KIND_SHARED },
};

FIXTURE_VARIANT_ADD(memory, private_file)
{
	.kind = { KIND_FILE },
};

FIXTURE_VARIANT_ADD(memory, shared_hugetlb)
{
	.kind = { KIND_FILE | KIND_SHARED | KIND_HUGETLB, MEM_2M },
};

FIXTURE_VARIANT_ADD(memory, private_hugetlb)
{
	.kind = { KIND_FILE | KIND_HUGETLB, MEM_2M },
};

FIXTURE_SETUP(memory)
{
	size_t at;

	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	/* Three for each of: the file, the process, its child */
	if (kind_missing(&variant->kind, 3 * 3 * PIECE))
		SKIP_FROM_SETUP("not enough huge pages in the pool");
	ASSERT_OK(open_all(self, 3 * PIECE));
	/* In pieces, since 6.1 warns when memory of a pool is cut in two */
	for (at = 0; at < self->length; at += PIECE)
		ASSERT_OK(kind_map(&variant->kind, self->memory + at, PIECE));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(self->length / self->page));
}

TEST_F(memory, device_has_the_pages_of_the_process)
{
	ASSERT_OK(check_refs(self, 0, self->length, 0));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, IOVA, self->memory,
				  self->length));
	EXPECT_OK(check_refs(self, 0, self->length, 1));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, range_from_within_a_page_to_within_another)
{
	const size_t first = MEM_2M / 2 + self->page;
	const size_t length = 2 * MEM_2M - self->page;

	ASSERT_OK(map_part(self, first, length, IOMMU_MAP_RW));
	EXPECT_OK(mock_check_ends(self->fd, self->dev.hwpt, IOVA + first,
				  self->memory + first, length));
	EXPECT_OK(check_refs(self, first, length, 1));
	EXPECT_OK(check_account(self, length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, what_is_written_after_a_map_for_reading_is_seen)
{
	ASSERT_OK(map_all(self, READABLE));
	write_pages(self, self->memory);
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, process_keeps_its_pages_over_fork)
{
	pid_t pid;

	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		pause();
		_exit(0);
	}
	/* While the child has them too, if it did not get copies */
	write_pages(self, self->memory);
	EXPECT_OK(check_all(self));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, pages_stay_when_the_process_moves_them)
{
	char *elsewhere = mem_alloc_aligned(self->length, MEM_2M);
	size_t at;

	ASSERT_NE(NULL, elsewhere);
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	for (at = 0; at < self->length; at += PIECE)
		ASSERT_EQ(elsewhere + at,
			  mremap(self->memory + at, PIECE, PIECE,
				 MREMAP_MAYMOVE | MREMAP_FIXED,
				 elsewhere + at));
	write_pages(self, elsewhere);
	EXPECT_OK(mock_check_map(self->fd, self->dev.hwpt, IOVA, elsewhere,
				 self->length));
	ASSERT_OK(unmap_all(self));
	EXPECT_OK(mock_check_refs(self->fd, elsewhere, self->length, 0));
	mem_free(elsewhere, self->length);
}

TEST_F(memory, hole_behind_good_pages_is_EFAULT)
{
	const size_t hole = kind_page(&variant->kind);
	const size_t behind = MIDDLE + hole;

	ASSERT_EQ(0, munmap(self->memory + MIDDLE, hole));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map_all(self, READABLE));
	EXPECT_OK(check_account(self, 0));
	EXPECT_OK(check_refs(self, 0, MIDDLE, 0));
	EXPECT_ERR(EINVAL, check_part(self, 0, self->page));
	/* What is on either side can be had */
	EXPECT_OK(map_part(self, 0, MIDDLE, IOMMU_MAP_RW));
	EXPECT_OK(map_part(self, behind, self->length - behind, IOMMU_MAP_RW));
	EXPECT_OK(check_account(self, self->length - hole));
	EXPECT_OK(unmap_all(self));
}

TEST_F(memory, part_that_is_read_only_can_only_be_read)
{
	ASSERT_EQ(0, mprotect(self->memory + MIDDLE, kind_page(&variant->kind),
			      PROT_READ));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(check_account(self, 0));
	EXPECT_OK(check_refs(self, 0, self->length, 0));
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_OK(check_all(self));
	EXPECT_OK(check_account(self, self->length));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, part_without_access_is_EFAULT)
{
	ASSERT_EQ(0, mprotect(self->memory + MIDDLE, kind_page(&variant->kind),
			      PROT_NONE));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_ERR(EFAULT, map_all(self, READABLE));
	EXPECT_OK(check_account(self, 0));
	EXPECT_OK(check_refs(self, 0, MIDDLE, 0));
}

TEST_HARNESS_MAIN
