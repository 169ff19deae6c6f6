from members.reference.loaders import load_ateco
from members.reference.table_files import LoadCommand


class Command(LoadCommand):
    help = "Load ATECO codes from ISTAT's CSV file."

    def load(self, path, progress):
        return load_ateco(path, progress)
