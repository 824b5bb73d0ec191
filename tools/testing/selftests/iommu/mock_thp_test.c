// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge pages that the kernel makes and breaks up by itself: a page that a
 * device has does not move, and what becomes of the rest does not matter.
 */
#include "memory_fixture.h"

#include "lib/hugepage.h"
#include "lib/ksm.h"

#define LENGTH (2 * MEM_2M)
/* A small page in the middle of the first huge one */
#define AT (MEM_2M / 2)

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

FIXTURE_SETUP(memory)
{
	if (mock_set_huge(true))
		SKIP_FROM_SETUP("no mock IOMMU in this kernel");
	ASSERT_OK(open_all(self, LENGTH));
	ASSERT_OK(hugepage_make(self->memory, LENGTH));
	/* What is paid for twice does not fit */
	ASSERT_OK(limit_pages(LENGTH / self->page));
}

TEST_F(memory, rest_of_a_huge_page_can_be_mapped)
{
	size_t rest = LENGTH - AT - self->page;

	ASSERT_EQ(0, munmap(self->memory + AT, self->page));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	ASSERT_OK(check_refs(self, 0, AT, 0));
	ASSERT_OK(map_part(self, 0, AT, IOMMU_MAP_RW));
	ASSERT_OK(map_part(self, AT + self->page, rest, IOMMU_MAP_RW));
	EXPECT_OK(check_part(self, 0, AT));
	EXPECT_OK(check_part(self, AT + self->page, rest));
	ASSERT_OK(unmap_all(self));
	EXPECT_OK(check_refs(self, AT + self->page, rest, 0));
}

TEST_F(memory, small_page_of_it_can_be_read_only)
{
	ASSERT_EQ(0, mprotect(self->memory + AT, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(check_refs(self, 0, LENGTH, 0));
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, small_page_that_becomes_read_only_stays)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_EQ(0, mprotect(self->memory + AT, self->page, PROT_READ));
	EXPECT_OK(check_all(self));
	ASSERT_EQ(0, mprotect(self->memory + AT, self->page,
			      PROT_READ | PROT_WRITE));
	mem_fill(self->memory + AT, self->page, 1);
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, device_keeps_all_of_a_huge_page_that_is_unmapped_in_part)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	ASSERT_EQ(0, munmap(self->memory + AT, self->page));
	EXPECT_OK(check_part(self, 0, AT));
	EXPECT_OK(check_part(self, AT + self->page, LENGTH - AT - self->page));
	ASSERT_OK(unmap_all(self));
	EXPECT_OK(check_refs(self, 0, AT, 0));
	EXPECT_OK(check_refs(self, MEM_2M, MEM_2M, 0));
}

TEST_F(memory, page_that_the_process_gave_up_is_not_the_one_it_gets_anew)
{
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	mem_fill(self->memory + AT, self->page, 1);
	ASSERT_EQ(0, madvise(self->memory + AT, self->page, MADV_DONTNEED));
	mem_fill(self->memory + AT, self->page, 2);
	EXPECT_ERR(EINVAL, check_part(self, AT, self->page));
	EXPECT_OK(check_part(self, 0, AT));
	EXPECT_OK(check_refs(self, AT, self->page, 0));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, huge_page_is_not_split_while_a_device_has_a_part_of_it)
{
	ASSERT_OK(map_part(self, AT, self->page, IOMMU_MAP_RW));
	ASSERT_OK(hugepage_split(self->memory, LENGTH));
	EXPECT_OK(check_part(self, AT, self->page));
	EXPECT_OK(hugepage_check(self->memory, MEM_2M, MEM_2M));
	/* The other one shows that it was tried */
	EXPECT_OK(hugepage_check(self->memory + MEM_2M, MEM_2M, self->page));
	EXPECT_OK(unmap_and_check(self));
	ASSERT_OK(hugepage_split(self->memory, LENGTH));
	EXPECT_OK(hugepage_check(self->memory, MEM_2M, self->page));
}

TEST_F(memory, huge_page_that_was_split_is_mapped_by_small_ones)
{
	ASSERT_OK(hugepage_split(self->memory, MEM_2M));
	ASSERT_OK(hugepage_check(self->memory, MEM_2M, self->page));
	ASSERT_OK(map_all(self, IOMMU_MAP_RW));
	EXPECT_OK(check_all(self));
	EXPECT_OK(check_refs(self, 0, LENGTH, 1));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, small_pages_do_not_become_huge_while_a_device_has_one)
{
	ASSERT_OK(hugepage_split(self->memory, LENGTH));
	ASSERT_OK(map_part(self, AT, self->page, IOMMU_MAP_RW));
	EXPECT_EQ(-1, madvise(self->memory, MEM_2M, MADV_COLLAPSE));
	EXPECT_OK(check_part(self, AT, self->page));
	EXPECT_OK(hugepage_check(self->memory, MEM_2M, self->page));
	EXPECT_OK(unmap_and_check(self));
	EXPECT_EQ(0, madvise(self->memory, MEM_2M, MADV_COLLAPSE));
	EXPECT_OK(hugepage_check(self->memory, MEM_2M, MEM_2M));
}

/* Memory that was only read has one huge page of zeroes behind it */
static int read_only_zeroes(struct _test_data_memory *self)
{
	size_t at;
	int rc = 0;

	if (madvise(self->memory, LENGTH, MADV_DONTNEED) ||
	    madvise(self->memory, LENGTH, MADV_POPULATE_READ))
		return -errno;
	for (at = 0; at < LENGTH && !rc; at += MEM_2M)
		rc = hugepage_is_zero(self->memory + at);
	return rc ? rc : hugepage_check(self->memory, MEM_2M, MEM_2M);
}

TEST_F(memory, device_does_not_get_the_huge_page_of_zeroes)
{
	ASSERT_OK(read_only_zeroes(self));
	ASSERT_OK(map_all(self, READABLE));
	EXPECT_ERR(ENXIO, hugepage_is_zero(self->memory));
	mem_fill(self->memory + AT, self->page, 1);
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, device_does_not_get_zeroes_that_are_read_only_at_the_moment)
{
	ASSERT_OK(read_only_zeroes(self));
	ASSERT_EQ(0, mprotect(self->memory, LENGTH, PROT_READ));
	ASSERT_OK(map_all(self, READABLE));
	ASSERT_EQ(0, mprotect(self->memory, LENGTH, PROT_READ | PROT_WRITE));
	mem_fill(self->memory + AT, self->page, 1);
	EXPECT_OK(check_all(self));
	EXPECT_OK(unmap_and_check(self));
}

TEST_F(memory, pages_that_were_merged_are_apart_for_a_device)
{
	char *one = self->memory, *other = self->memory + MEM_2M;

	ASSERT_OK(hugepage_split(self->memory, LENGTH));
	ASSERT_OK(ksm_merge(one, other, self->page));
	ASSERT_OK(map_part(self, 0, self->page, READABLE));
	EXPECT_OK(check_part(self, 0, self->page));
	mem_fill(one, self->page, 2);
	EXPECT_OK(check_part(self, 0, self->page));
	EXPECT_TRUE(mem_is_filled(other, self->page, 1));
	EXPECT_OK(unmap_and_check(self));
	/* Let go of what is still merged */
	EXPECT_OK(ksm_stop());
}

TEST_HARNESS_MAIN
