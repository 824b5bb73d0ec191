// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of a claimed group that nobody drives are parked: off the bus, and
 * nobody turns them on again behind the owner's back. What they had turned on
 * comes back with the end of the claim.
 */
#include "hw_group_fixture.h"

#include "lib/pci_config.h"

/* Device status of the e1000, e1000e and igb */
#define STATUS 8

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

/*
 *	root port -+- a: e1000e, function 0
 *	           +- b: e1000e, function 1
 *
 * No access control between the functions.
 */
FIXTURE_VARIANT_ADD(group, of_functions)
{
	.id = PCI_ID_E1000E,
};

/*
 *	root port -+- a: igb, function 0
 *	           +- b: igb, function 1
 *
 * No access control in the port. The functions would have it.
 */
FIXTURE_VARIANT_ADD(group, of_ports)
{
	.id = PCI_ID_IGB,
};

/* The sibling has no driver, and was left turned on */
static int abandon_sibling(struct _test_data_group *self)
{
	return pci_take(&self->b.pci) ?: pci_unbind_driver(self->b.pci.name) ?:
	       pci_set_use(self->b.pci.name, PCI_COMMAND_USE);
}

static int claim_group(struct _test_data_group *self)
{
	return take_and_open(&self->a) ?: vfio_bind(&self->a.dev, self->ours);
}

static int sibling_use(struct _test_data_group *self)
{
	return pci_read_use(self->b.pci.name);
}

TEST_F(group, sibling_without_a_driver_is_parked_and_restored)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	EXPECT_EQ(0, sibling_use(self));
	vfio_close(&self->a.dev);
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, sibling_that_was_off_stays_off_after_the_claim)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(pci_set_use(self->b.pci.name, 0));
	ASSERT_OK(claim_group(self));
	vfio_close(&self->a.dev);
	EXPECT_EQ(0, sibling_use(self));
}

TEST_F(group, registers_of_a_parked_sibling_answer_nobody)
{
	__u32 before, value;

	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(pci_read_register(self->b.pci.name, STATUS, &before));
	ASSERT_NE(~0U, before);
	ASSERT_NE(0, before);
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_read_register(self->b.pci.name, STATUS, &value));
	/* All ones on most machines, zero on those of QEMU */
	EXPECT_NE(before, value);
	vfio_close(&self->a.dev);
	ASSERT_OK(pci_read_register(self->b.pci.name, STATUS, &value));
	EXPECT_EQ(before, value);
}

TEST_F(group, refused_bind_parks_nothing)
{
	ASSERT_OK(take_both(self));
	ASSERT_OK(vfio_bind(&self->b.dev, self->theirs));
	ASSERT_NE(0, sibling_use(self));
	EXPECT_ERR(EBUSY, vfio_bind(&self->a.dev, self->ours));
	EXPECT_NE(0, sibling_use(self));
}

TEST_F(group, command_register_of_a_parked_sibling_cannot_be_set)
{
	static const size_t sizes[] = { 1, 2, 4 };
	unsigned int i;

	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_OK(pci_write_command(self->b.pci.name, PCI_COMMAND_USE,
					    sizes[i]));
		EXPECT_EQ(0, sibling_use(self));
	}
	vfio_close(&self->a.dev);
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, what_is_written_while_parked_does_not_count_later)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(pci_set_use(self->b.pci.name, 0));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_write_command(self->b.pci.name, PCI_COMMAND_USE, 2));
	vfio_close(&self->a.dev);
	EXPECT_EQ(0, sibling_use(self));
}

TEST_F(group, parked_sibling_cannot_be_enabled)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	EXPECT_ERR(EBUSY, pci_write_attr(self->b.pci.name, "enable", "1"));
	EXPECT_EQ(0, sibling_use(self));
	vfio_close(&self->a.dev);
	EXPECT_OK(pci_write_attr(self->b.pci.name, "enable", "1"));
	EXPECT_OK(pci_write_attr(self->b.pci.name, "enable", "0"));
}

TEST_F(group, reset_leaves_a_parked_sibling_parked)
{
	int rc;

	ASSERT_OK(abandon_sibling(self));
	rc = pci_write_attr(self->b.pci.name, "reset", "1");
	if (rc == -ENOENT || rc == -EACCES)
		SKIP(return, "the sibling cannot be reset by itself");
	ASSERT_OK(rc);
	ASSERT_EQ(PCI_COMMAND_USE, sibling_use(self));
	ASSERT_OK(claim_group(self));
	EXPECT_OK(pci_write_attr(self->b.pci.name, "reset", "1"));
	EXPECT_EQ(0, sibling_use(self));
	vfio_close(&self->a.dev);
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, sibling_with_vfio_is_parked_while_nobody_has_it_open)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	EXPECT_EQ(0, sibling_use(self));
	ASSERT_OK(pci_write_command(self->b.pci.name, PCI_COMMAND_USE, 2));
	EXPECT_EQ(0, sibling_use(self));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, inert_file_does_not_unpark)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	EXPECT_EQ(0, sibling_use(self));
}

TEST_F(group, bound_member_works_and_is_parked_when_it_is_closed)
{
	ASSERT_OK(bind_both(self));
	EXPECT_NE(0, sibling_use(self));
	vfio_close(&self->b.dev);
	EXPECT_EQ(0, sibling_use(self));
	/* And the other way round */
	ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	ASSERT_OK(vfio_bind(&self->b.dev, self->ours));
	EXPECT_NE(0, sibling_use(self));
}

TEST_F(group, driver_may_come_and_go_while_parked)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	EXPECT_EQ(0, sibling_use(self));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_EQ(0, sibling_use(self));
	vfio_close(&self->a.dev);
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, driver_that_came_during_the_claim_keeps_it_parked_afterwards)
{
	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	vfio_close(&self->a.dev);
	EXPECT_EQ(0, sibling_use(self));
	ASSERT_OK(pci_unbind_driver(self->b.pci.name));
	EXPECT_EQ(PCI_COMMAND_USE, sibling_use(self));
}

TEST_F(group, new_member_is_parked_when_it_arrives)
{
	char driver[PCI_NAME_LEN];

	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_remove(self->b.pci.name));
	ASSERT_OK(pci_rescan(self->b.pci.name));
	if (!pci_has_group(self->b.pci.name))
		SKIP(return, "joins its group with its first driver only");
	EXPECT_EQ(0, sibling_use(self));
	ASSERT_OK(pci_write_command(self->b.pci.name, PCI_COMMAND_USE, 2));
	EXPECT_EQ(0, sibling_use(self));
	EXPECT_ERR(ENOENT, pci_driver(self->b.pci.name, driver));
}

TEST_F(group, member_that_goes_leaves_the_claim)
{
	__u32 ioas_id;

	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(pci_remove(self->b.pci.name));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	EXPECT_OK(vfio_attach(&self->a.dev, ioas_id));
	vfio_close(&self->a.dev);
	ASSERT_OK(pci_rescan(self->b.pci.name));
	EXPECT_OK(pci_set_use(self->b.pci.name, PCI_COMMAND_USE));
}

TEST_F(group, owner_can_bind_a_member_that_came_later)
{
	__u32 ioas_id;

	ASSERT_OK(abandon_sibling(self));
	ASSERT_OK(claim_group(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &ioas_id));
	ASSERT_OK(vfio_attach(&self->a.dev, ioas_id));
	ASSERT_OK(pci_remove(self->b.pci.name));
	ASSERT_OK(pci_rescan(self->b.pci.name));
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
	EXPECT_OK(vfio_bind(&self->b.dev, self->ours));
	EXPECT_OK(vfio_attach(&self->b.dev, ioas_id));
	EXPECT_NE(0, sibling_use(self));
}

TEST_HARNESS_MAIN
