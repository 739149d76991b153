from tests.fake_clouds import MERCHANT, DeployedShop
from tests.integration.wiring.user_journey import import_mapped_csv, sign_in


def test_file_of_another_program_is_mapped_previewed_and_imported(shop: DeployedShop) -> None:
    """Each step is started by a notification of S3, the later ones by an object of the web."""
    import_mapped_csv(sign_in(shop, MERCHANT).browser)
