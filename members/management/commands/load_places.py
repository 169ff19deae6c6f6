from members.loading import LoadCommand
from members.reference import load_places


class Command(LoadCommand):
    help = "Load municipalities and provinces from ISTAT's CSV file."

    def load(self, path, progress):
        return load_places(path, progress)
