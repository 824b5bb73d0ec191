// SPDX-License-Identifier: GPL-2.0-only
/*
 * A claimed group whose members have drivers in the kernel and do real DMA.
 */
#include "hw_group_fixture.h"
#include "lib/group.h"
#include "lib/loop.h"

#define IOVA 0x100000ULL

/*
 *	root port -- PCIe to PCI bridge -+- a: edu
 *	                                 +- b: e1000
 *
 * The bridge speaks for both: the IOMMU cannot tell one from the other.
 */
FIXTURE_VARIANT_ADD(group, behind_a_bridge)
{
	.id = PCI_ID_EDU,
};

TEST_F(group, sibling_with_a_kernel_driver_keeps_the_group)
{
	char driver[PCI_NAME_LEN], still[PCI_NAME_LEN];

	if (pci_driver(self->b.pci.name, driver))
		SKIP(return, "the kernel has no driver for the sibling");
	ASSERT_STRNE("vfio-pci", driver);
	ASSERT_OK(take_and_open(&self->a));
	EXPECT_ERR(EBUSY, vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(pci_driver(self->b.pci.name, still));
	EXPECT_STREQ(driver, still);

	ASSERT_OK(pci_take(&self->b.pci));
	EXPECT_OK(vfio_bind(&self->a.dev, self->ours));
}

TEST_F(group, info_names_the_kernel_driver_that_keeps_the_group)
{
	const struct iommu_group_member *b;
	char driver[PCI_NAME_LEN];
	struct group_info info;

	if (pci_driver(self->b.pci.name, driver))
		SKIP(return, "the kernel has no driver for the sibling");
	ASSERT_OK(take_and_open(&self->a));
	ASSERT_OK(group_info_of_file(self->ours, self->a.dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_KERNEL, info.state);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_FREE,
		  group_member_state(&info, self->a.pci.name));
	EXPECT_EQ(0, group_member_flags(&info, self->a.pci.name));
	b = group_find_member(&info, self->b.pci.name);
	ASSERT_NE(NULL, b);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_KERNEL, b->state);
	EXPECT_STREQ(driver, b->driver);

	/* What is named is what is in the way */
	ASSERT_OK(pci_take(&self->b.pci));
	ASSERT_OK(group_info_of_file(self->ours, self->a.dev.fd, &info));
	EXPECT_EQ(IOMMU_GROUP_FREE, info.state);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_CAN_BIND,
		  group_member_flags(&info, self->a.pci.name));
	EXPECT_OK(vfio_bind(&self->a.dev, self->ours));
}

TEST_F(group, kernel_driver_cannot_have_a_sibling_of_a_claimed_device)
{
	char driver[PCI_NAME_LEN];

	if (pci_driver(self->b.pci.name, driver))
		SKIP(return, "the kernel has no driver for the sibling");
	ASSERT_OK(take_both(self));
	vfio_close(&self->b.dev);
	ASSERT_OK(vfio_bind(&self->a.dev, self->ours));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_ERR(ENODEV, pci_probe_with(self->b.pci.name, driver));
	/* Once the claim is gone it can */
	vfio_close(&self->a.dev);
	EXPECT_OK(pci_probe_with(self->b.pci.name, driver));
}

TEST_F(group, kernel_driver_comes_back_after_the_claim)
{
	char before[PCI_NAME_LEN], after[PCI_NAME_LEN];
	__u32 ioas_id;

	if (pci_driver(self->b.pci.name, before))
		SKIP(return, "the kernel has no driver for the sibling");
	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	ASSERT_OK(vfio_attach(&self->a.dev, ioas_id));
	ASSERT_OK(vfio_attach(&self->b.dev, ioas_id));
	vfio_close(&self->a.dev);
	vfio_close(&self->b.dev);
	pci_give_back(&self->b.pci);
	ASSERT_OK(pci_driver(self->b.pci.name, after));
	EXPECT_STREQ(before, after);
}

/* Copy through a, from and to the two pages at IOVA of its space */
static int round_trip(struct member *a, char *memory, size_t page)
{
	return edu_round_trip(&a->dev, memory, page, IOVA);
}

TEST_F(group, dma_follows_what_the_group_is_attached_to)
{
	size_t page = mem_page_size();
	char *memory = mem_alloc(2 * page);
	__u32 first, second;

	ASSERT_NE(NULL, memory);
	ASSERT_OK(bind_both(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &first));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &second));
	ASSERT_OK(iommu_map_at(self->ours, first, memory, 2 * page, IOVA,
			       IOMMU_MAP_RW));
	EXPECT_ERR(EILSEQ, round_trip(&self->a, memory, page));
	ASSERT_OK(vfio_attach(&self->a.dev, first));
	ASSERT_OK(vfio_attach(&self->b.dev, first));
	EXPECT_OK(round_trip(&self->a, memory, page));
	/* The other one leaves: nothing changes for this one */
	ASSERT_OK(vfio_detach(&self->b.dev));
	EXPECT_OK(round_trip(&self->a, memory, page));
	/* The other one takes the group to a space where nothing is mapped */
	ASSERT_OK(vfio_attach(&self->b.dev, first));
	ASSERT_OK(vfio_attach(&self->b.dev, second));
	EXPECT_ERR(EILSEQ, round_trip(&self->a, memory, page));
	mem_free(memory, 2 * page);
}

/* One member that takes the group to and fro */
struct mover {
	struct vfio_dev *dev;
	__u32 spaces[2];
	unsigned int turn;
};

static int move(void *data)
{
	struct mover *mover = data;

	return vfio_attach(mover->dev, mover->spaces[mover->turn++ % 2]);
}

/*
 *	first     IOVA -> page 0   IOVA + page -> page 1
 *	second    IOVA -> page 0   IOVA + page -> page 2
 */
TEST_F(group, dma_of_one_is_in_one_of_the_two_while_another_moves_the_group)
{
	struct mover mover = { .dev = &self->b.dev };
	size_t page = mem_page_size();
	char *memory = mem_alloc(3 * page);
	int i, rc, space, wrong = 0;
	struct loop moves;

	ASSERT_NE(NULL, memory);
	ASSERT_OK(bind_both(self));
	for (space = 0; space < 2; space++) {
		__u32 *id = &mover.spaces[space];

		ASSERT_OK(iommu_ioas_alloc(self->ours, id));
		ASSERT_OK(iommu_map_at(self->ours, *id, memory, page, IOVA,
				       IOMMU_MAP_RW));
		ASSERT_OK(iommu_map_at(self->ours, *id,
				       memory + (1 + space) * page, page,
				       IOVA + page, IOMMU_MAP_RW));
	}
	ASSERT_OK(vfio_attach(&self->a.dev, mover.spaces[0]));
	ASSERT_OK(vfio_attach(&self->b.dev, mover.spaces[0]));
	ASSERT_OK(loop_start(&moves, move, &mover));
	for (i = 0; i < 15; i++) {
		memset(memory + 2 * page, 0, page);
		rc = round_trip(&self->a, memory, page);
		ASSERT_TRUE(!rc || rc == -EILSEQ);
		/* In the first of them, or else in the other */
		wrong += !memcmp(memory, memory + 2 * page, page) == !rc;
	}
	EXPECT_OK(loop_stop(&moves));
	TH_LOG("%d transfers, %u moves", i, moves.rounds);
	EXPECT_LT(1, moves.rounds);
	EXPECT_EQ(0, wrong);
	mem_free(memory, 3 * page);
}

TEST_HARNESS_MAIN
