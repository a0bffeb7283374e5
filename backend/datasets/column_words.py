"""What columns of files and of labels are called in other languages than English, as `plain` writes them."""

FILES = ("datei", "dateiname", "bild", "fichier", "nom_de_fichier", "archivo", "arquivo", "файл")
LABELS = (
    *("klasse", "kategorie", "bezeichnung", "classe", "catégorie", "categorie", "étiquette", "etiquette"),
    *("clase", "categoría", "categoria", "etiqueta", "etichetta", "rótulo", "класс", "метка", "标签", "类别"),
)
NO_LABEL = frozenset({"nan", "<na>", "null", "#n/a", "n/a"})  # what tables write where there is none
