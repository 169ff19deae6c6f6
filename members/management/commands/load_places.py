from members.reference.loaders import load_places
from members.reference.table_files import LoadCommand


class Command(LoadCommand):
    help = "Load municipalities and provinces from ISTAT's CSV file."

    def load(self, path, progress):
        return load_places(path, progress)
