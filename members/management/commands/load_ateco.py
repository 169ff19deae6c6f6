from members.loading import LoadCommand
from members.reference import load_ateco


class Command(LoadCommand):
    help = "Load ATECO codes from ISTAT's CSV file."

    def load(self, path, progress):
        return load_ateco(path, progress)
